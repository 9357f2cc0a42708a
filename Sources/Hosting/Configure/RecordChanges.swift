import Bundles
import HostModel
import Storage

extension AppHost {
    /// Changes what is recorded of an installed app.
    ///
    /// - On disk: see ``StorageEngine/changeRecord(_:_:by:judge:decide:)``; with `dryRun` nothing.
    /// - Parameter decide: yields the next record from the present one, asked under the app's lock.
    /// - Returns: unchanged where the record says so already.
    func changeRecord(
        _ id: AppID, _ kind: RecordChange.Kind, options: ChangeOptions,
        _ decide: @escaping @Sendable (AppRecord, AppDirectory) throws -> RecordChange
    ) async throws -> ChangeResult {
        let root = try openRoot()
        let (app, _) = try requireInstalled(id, in: root)
        try requireWritable(root)
        guard let root else { throw StorageError.notInstalled(id) }
        try await settle(app, in: root, options: options)
        let change: RecordChange?
        if options.dryRun {
            change = try looking(at: app, in: root) { () throws -> RecordChange? in
                let present = try app.record()
                let next = try decide(present, app)
                return next.record == present ? nil : next
            }
        } else {
            try options.cancellation.commit()
            change = try await StorageEngine(root: root, now: now).changeRecord(id, kind, by: by) { present in
                // Another command may have uninstalled it meanwhile.
                guard try present.app.open(.installed) != nil else { throw StorageError.notInstalled(id) }
                return try decide(present.record, present.app)
            }
        }
        var result = ChangeResult(
            app: id, action: .init(kind), outcome: .unchanged, from: nil, to: nil, digest: nil, code: nil,
            message: "nothing to do for \(id), it is so already")
        if let change {
            result.outcome = .done
            let detail = change.message.map { ": \($0)" } ?? ""
            result.message = Sentence.done(result.action, id, from: nil, to: nil) + detail
        }
        return result
    }

    /// Reads the record of an installed app, and what its bundle declares.
    func configured(_ id: AppID) throws -> (record: AppRecord, manifest: Manifest) {
        let root = try openRoot()
        let (app, _) = try requireInstalled(id, in: root)
        guard let root else { throw StorageError.notInstalled(id) }
        return try looking(at: app, in: root) { (record: try app.record(), manifest: try app.installedManifest()) }
    }
}

extension AppDirectory {
    /// What the installed bundle says it is.
    func installedManifest() throws -> Manifest {
        guard let tree = try open(.installed) else { throw StorageError.notInstalled(id) }
        return try tree.manifest()
    }
}

extension ChangeResult.Action {
    fileprivate init(_ kind: RecordChange.Kind) {
        self =
            switch kind {
            case .config: .config
            case .secret: .secret
            case .grant: .grant
            case .revoke: .revoke
            case .policy: .policy
            case .hold: .hold
            case .unhold: .unhold
            case .start: .start
            case .stop: .stop
            case .restart: .restart
            case .confirm: .confirm
            }
    }
}
