import Bundles
import DiskIO
import HostModel
import Signatures
import Storage

/// What `list` shows of one app.
package struct AppSummary: Sendable, JSONRepresentable {
    package let id: AppID
    package let name: String
    package let version: BundleVersion
    package let digest: ContentDigest
    package let staged: BundleVersion?
    package let rollback: BundleVersion?
    package let installedAt: Timestamp
    package let source: String

    package var json: JSONValue {
        [
            "id": id, "name": name, "version": version, "digest": digest, "running": false, "policy": "manual",
            "staged": staged.map { ["version": $0] as JSONValue },
            "rollback": rollback.map { ["version": $0] as JSONValue }, "installedAt": installedAt, "source": source,
        ]
    }
}

/// One line of an app's history, as it is shown.
package struct HistoryEntry: Sendable, JSONRepresentable {
    /// For people: sequence, time, kind, outcome, versions, who, why.
    package let cells: [String]
    package let json: JSONValue

    init(_ line: HistoryLine) {
        let versions = [line.detail.from, line.detail.to].compactMap { $0 }.joined(separator: " → ")
        let why = [line.code, line.message].compactMap { $0 }.joined(separator: ": ")
        cells = ["\(line.sequence)", "\(line.at)", line.kind, line.outcome.rawValue, versions, line.by, why]
        json = line.json
    }
}

/// What `info` shows of one app.
package struct AppDetail: Sendable, JSONRepresentable {
    package let summary: AppSummary
    /// Label and value, for people; what is not there is left out.
    package let rows: [(label: String, value: String)]
    package let json: JSONValue

    init(_ summary: AppSummary, _ sources: Sources) {
        self.summary = summary
        rows = sources.rows(summary)
        json = sources.json(summary)
    }
}

/// What an app's detail is made from.
struct Sources {
    let manifest: Manifest
    let receipt: Receipt
    let record: AppRecord
    /// Names of the keys that vouched for it, where they are known.
    let publisherNames: [String]
    let older: [BundleVersion]
    let dataPath: String?

    func rows(_ summary: AppSummary) -> [(label: String, value: String)] {
        let rows: [(String, String?)] = [
            ("app", summary.id.text), ("name", summary.name), ("version", summary.version.text),
            ("summary", manifest.summary), ("homepage", manifest.homepage), ("license", manifest.license),
            ("digest", summary.digest.hex),
            ("signed by", receipt.unsigned ? "nobody" : publisherNames.joined(separator: ", ")),
            ("installed", "\(summary.installedAt) from \(summary.source) by \(receipt.by)"),
            ("staged", summary.staged?.text), ("rollback", summary.rollback?.text), ("older", list(older.map(\.text))),
            ("permissions", list(record.grants.map { $0.permission + ($0.state == .active ? "" : " (inactive)") })),
            ("known bad", list(record.knownBad.map { "\($0.version) (\($0.reason))" })), ("data", dataPath),
        ]
        return rows.compactMap { label, value in value.map { (label, $0) } }
    }

    private func list(_ words: [String]) -> String? { words.isEmpty ? nil : words.joined(separator: ", ") }

    func json(_ summary: AppSummary) -> JSONValue {
        guard case .object(let members) = summary.json else { return summary.json }
        let more: JSONValue = [
            "summary": manifest.summary, "homepage": manifest.homepage, "license": manifest.license,
            "unsigned": receipt.unsigned, "keyids": receipt.keyids, "publisher": publisherNames,
            "permissions": record.grants.map {
                ["permission": $0.permission, "state": $0.state.rawValue] as JSONValue
            },
            "transport": manifest.transport?.rawValue, "permissionProfile": manifest.permissionProfile,
            "older": older.map { ["version": $0] as JSONValue },
            "knownBad": record.knownBad.map {
                ["digest": $0.digest, "version": $0.version, "reason": $0.reason, "at": $0.at] as JSONValue
            },
            "hasData": dataPath != nil,
        ]
        guard case .object(let added) = more else { return summary.json }
        return .object(members + added)
    }
}

extension AppHost {
    /// Every installed app, by id. An app that cannot be read is a failure beside the others, not instead of them.
    package func list() throws -> (apps: [AppSummary], failures: [any Failure]) {
        guard let root = try openRoot() else { return ([], []) }
        var apps: [AppSummary] = []
        var failures: [any Failure] = []
        for id in try root.appIDs() {
            do {
                if let app = try root.app(id), let summary = try summary(app) { apps.append(summary) }
            } catch let failure as any Failure {
                failures.append(failure)
            }
        }
        return (apps, failures)
    }

    package func info(_ id: AppID) throws -> AppDetail {
        guard let root = try openRoot(), let app = try root.app(id) else { throw StorageError.notInstalled(id) }
        return try looking(at: app, in: root) { try info(app, in: root) }
    }

    private func info(_ app: AppDirectory, in root: ManagedRoot) throws -> AppDetail {
        let id = app.id
        guard let tree = try app.open(.installed) else { throw StorageError.notInstalled(id) }
        let summary = try summary(app, tree)
        let receipt = try tree.receipt()
        let keys = try trustedKeys(root)
        let data = try root.part(.data)
        return AppDetail(
            summary,
            Sources(
                manifest: try tree.manifest(), receipt: receipt, record: try app.record(),
                publisherNames: receipt.keyids.map { keyid in keys.key(KeyID(keyid))?.name ?? keyid.short },
                older: try app.olderSlots().compactMap { try app.open($0)?.manifest().version },
                dataPath: try data.status(of: DiskPath(id)) == nil ? nil : data.full(DiskPath(id))))
    }

    /// What was done to an app, oldest first. Also for one that was uninstalled.
    package func history(_ id: AppID) throws -> [HistoryEntry] {
        guard let app = try openRoot()?.app(id) else { throw StorageError.notInstalled(id) }
        return try app.history().map(HistoryEntry.init)
    }

    /// - Returns: nil where nothing is installed.
    private func summary(_ app: AppDirectory) throws -> AppSummary? {
        while true {
            guard let tree = try app.open(.installed) else { return nil }
            do { return try summary(app, tree) } catch {
                // A swap may have taken the tree away while it was read: then what is there now is read instead.
                if try app.stillLeads(to: tree) { throw error }
            }
        }
    }

    private func version(in slot: Slot, of app: AppDirectory) throws -> BundleVersion? {
        while let tree = try app.open(slot) {
            do { return try tree.manifest().version } catch {
                if try app.stillLeads(to: tree) { throw error }
            }
        }
        return nil
    }

    private func summary(_ app: AppDirectory, _ tree: SlotTree) throws -> AppSummary {
        let manifest = try tree.manifest()
        let receipt = try tree.receipt()
        return AppSummary(
            id: app.id, name: manifest.name, version: manifest.version, digest: receipt.digest,
            staged: try version(in: .staged, of: app), rollback: try version(in: .rollback, of: app),
            installedAt: receipt.stagedAt, source: receipt.source)
    }
}
