import DiskIO
import HostModel

/// `apps/<id>/` under its lock, recovered: nothing is in flight in it.
///
/// Held for a swap, or a record or history write; never over network, extraction or verification.
package final class LockedApp: Sendable {
    package let id: AppID
    package let root: ManagedRoot
    package let directory: Directory
    private let rootLock: FileLock
    private let lock: FileLock

    /// Locks an app and recovers it.
    ///
    /// - Parameters:
    ///   - make: whether to make the app's directory where there is none. Only for a bundle that was verified.
    ///   - wait: false gives up where another process holds the lock.
    /// - Returns: nil where there is no such app, or the lock is held and `wait` is false.
    static func acquire(
        _ id: AppID, in root: ManagedRoot, make: Bool, wait: Bool
    ) throws(StorageError) -> LockedApp? {
        try root.requireOurs()
        // Order: root, then app. The root's lock is exclusive only for moments.
        let rootLock = try onDisk { () throws(FileSystemError) in
            try FileLock.acquire("lock", in: root.directory, .shared, wait: wait)
        }
        guard let rootLock else { return nil }
        let apps = try root.part(.apps)
        let directory = try onDisk { () throws(FileSystemError) in
            try make ? apps.openOrMake(DiskPath(id), mode: 0o755) : apps.directoryIfPresent(DiskPath(id))
        }
        guard let directory else { return nil }
        let lock = try onDisk { () throws(FileSystemError) in
            try FileLock.acquire(AppFile.lock, in: directory, .exclusive, wait: wait)
        }
        guard let lock else { return nil }
        if make {
            // A kill between mkdir and chmod leaves another mode.
            try onDisk { () throws(FileSystemError) in
                if try directory.status().mode != 0o755 { try directory.setMode(0o755) }
            }
        }
        let app = LockedApp(id: id, root: root, directory: directory, rootLock: rootLock, lock: lock)
        try app.recover()
        return app
    }

    private init(id: AppID, root: ManagedRoot, directory: Directory, rootLock: FileLock, lock: FileLock) {
        self.id = id
        self.root = root
        self.directory = directory
        self.rootLock = rootLock
        self.lock = lock
    }

    package var reading: AppDirectory { AppDirectory(id: id, directory: directory) }

    package func nextSequence() throws(StorageError) -> Int64 {
        try History(directory: directory).nextSequence(among: reading.slots())
    }

    /// Appends a line for something that changed no bundle: a refusal.
    package func log(_ line: HistoryLine) throws(StorageError) {
        try History(directory: directory).append(line)
    }

    /// What ``RecoveryPlan`` looks at.
    func names() throws(StorageError) -> AppNames {
        let entries = try onDisk { () throws(FileSystemError) in try directory.names() }
        var owned: Set<OwnedDirectory> = []
        for candidate in OwnedDirectory.allCases {
            let part = try root.part(candidate.part)
            if try onDisk({ () throws(FileSystemError) in try part.status(of: DiskPath(id)) }) != nil {
                owned.insert(candidate)
            }
        }
        return AppNames(
            slots: Set(entries.compactMap { Slot(name: String(decoding: $0.bytes, as: UTF8.self)) }),
            hasNextRecord: entries.contains(AppFile.nextRecord), owned: owned)
    }

    /// The stage of the tree in `slot`; nil where it is empty.
    ///
    /// A candidate's receipt was flushed before its swap began, so a tree whose receipt is damaged is none.
    func stage(in slot: Slot) throws(StorageError) -> StageID? { try readableReceipt(in: slot)?.stage }

    /// - Returns: nil where the slot is empty, or its receipt is damaged.
    func readableReceipt(in slot: Slot) throws(StorageError) -> Receipt? {
        do throws(StorageError) { return try reading.open(slot)?.receipt() } catch {
            switch error {
            case .record: return nil
            case .disk(let cause) where cause.isNotFound: return nil
            default: throw error
            }
        }
    }

    /// Moves to the trash what lies in `secrets/<id>/` and is named by no secret of the record.
    ///
    /// - On disk: that it is gone from there is durable afterwards.
    func sweepSecrets() throws(StorageError) {
        let part = try root.part(.secrets)
        let place = try onDisk { () throws(FileSystemError) in try part.directoryIfPresent(DiskPath(id)) }
        guard let place else { return }
        let named = Set(try reading.record().configuration.secrets.values.map(\.path))
        if named.isEmpty {
            try Trash(root: root).discard(DiskPath(id), in: part)
            return try onDisk { () throws(FileSystemError) in try part.sync() }
        }
        let unnamed = try onDisk { () throws(FileSystemError) in try place.names() }.filter { !named.contains($0) }
        guard !unnamed.isEmpty else { return }
        for name in unnamed { try Trash(root: root).discard(name, in: place) }
        try onDisk { () throws(FileSystemError) in try place.sync() }
    }

    private func recover() throws(StorageError) {
        if let journal = try reading.journal() {
            let stage: StageID? =
                if case .swap(let swap) = journal.intent { try stage(in: swap.slot) } else { nil }
            let steps = RecoveryPlan.steps(for: journal, names: try names(), slotStage: stage)
            try RecoveryRun(app: self, journal: journal).perform(steps)
        }
        // Without a journal, a successor is what a kill left of a write that never was announced. The values of secrets
        // that it alone names go before it: nothing else tells of them.
        let hasNextRecord = try onDisk { () throws(FileSystemError) in
            try directory.status(of: AppFile.nextRecord) != nil
        }
        if hasNextRecord { try sweepSecrets() }
        try onDisk { () throws(FileSystemError) in
            for name in AppFile.unfinished where try directory.status(of: name) != nil {
                try directory.unlinkIfPresent(name)
            }
        }
    }
}
