import Bundles
import DiskIO
import HostModel
import Processes
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
    package let policy: String
    /// Nil where this user cannot know.
    package let isRunning: Bool?
    /// Nil where none counts now.
    let hold: AppRecord.Policy.Hold?

    /// What keeps it as it is, for people; nil where nothing does.
    package var held: String? { hold?.sentence }

    package var json: JSONValue { Self.json(id, self) }

    /// Every key, with null where nothing is installed.
    fileprivate static func json(_ id: AppID, _ summary: AppSummary?) -> JSONValue {
        let kept = { (version: BundleVersion) -> JSONValue in ["version": version] }
        return [
            "id": id, "name": summary?.name, "version": summary?.version, "digest": summary?.digest,
            "running": summary?.isRunning, "policy": summary?.policy, "hold": summary?.hold,
            "staged": summary?.staged.map(kept), "rollback": summary?.rollback.map(kept),
            "installedAt": summary?.installedAt, "source": summary?.source,
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

/// What `info` shows of one app, installed or not.
package struct AppDetail: Sendable, JSONRepresentable {
    /// Label and value, for people; what is not there is left out.
    package let rows: [(label: String, value: String)]
    /// What catalogs list of it, by the catalog's name.
    package let offers: [CatalogOffer]
    package let json: JSONValue

    fileprivate init(_ id: AppID, _ installed: (summary: AppSummary, sources: Sources)?, _ offers: [CatalogOffer]) {
        rows = installed.map { $0.sources.rows($0.summary) } ?? [("app", id.text), ("installed", "no")]
        self.offers = offers
        let catalogs: JSONValue = ["installed": installed != nil, "catalogs": offers]
        let parts = [AppSummary.json(id, installed?.summary), Sources.json(installed?.sources), catalogs]
        json = .object(
            parts.flatMap { part -> [JSONValue.Member] in
                if case .object(let members) = part { members } else { [] }
            })
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

    /// Every key, with null where nothing is installed.
    static func json(_ sources: Sources?) -> JSONValue {
        let manifest = sources?.manifest
        let record = sources?.record
        let permissions = record?.grants.map { grant -> JSONValue in
            ["permission": grant.permission, "state": grant.state.rawValue]
        }
        let knownBad = record?.knownBad.map { bad -> JSONValue in
            ["digest": bad.digest, "version": bad.version, "reason": bad.reason, "at": bad.at]
        }
        let older = sources?.older.map { version -> JSONValue in ["version": version] }
        return [
            "summary": manifest?.summary, "homepage": manifest?.homepage, "license": manifest?.license,
            "unsigned": sources?.receipt.unsigned, "keyids": sources?.receipt.keyids,
            "publisher": sources?.publisherNames, "permissions": permissions,
            "transport": manifest?.transport?.rawValue, "permissionProfile": manifest?.permissionProfile,
            "older": older, "knownBad": knownBad, "hasData": sources.map { $0.dataPath != nil },
        ]
    }
}

extension AppHost {
    /// Every installed app, by id. An app that cannot be read is a failure beside the others, not instead of them.
    package func list() throws -> (apps: [AppSummary], failures: [any Failure]) {
        guard let root = try openRoot() else { return ([], []) }
        var apps: [AppSummary] = []
        var failures: [any Failure] = []
        let table = ProcessTable.recent()
        for id in try root.appIDs() {
            do {
                if let app = try root.app(id), let summary = try summary(app, in: root, table) { apps.append(summary) }
            } catch let failure as any Failure {
                failures.append(failure)
            }
        }
        return (apps, failures)
    }

    /// What is installed of an app, and what catalogs listed of it when they were last verified. Requests nothing.
    ///
    /// - Parameter warn: told about each catalog that lists it and does not count, or cannot be read. None of them
    ///   hides what is installed.
    /// - Throws: `app_not_installed` where there are no catalogs, `app_not_in_catalog` where none lists it.
    package func info(_ id: AppID, warn: (String) -> Void = { _ in }) throws -> AppDetail {
        let installed = try installation(of: id)
        var offers: [CatalogOffer] = []
        var hasCatalogs = false
        do {
            (offers, hasCatalogs) = try self.offers(of: id, warn: warn)
        } catch let failure as any Failure where installed != nil {
            warn(CatalogReading.warning(failure))
        }
        if installed == nil, offers.isEmpty {
            if hasCatalogs { throw NotListed(id: id) }
            throw StorageError.notInstalled(id)
        }
        return AppDetail(id, installed, offers)
    }

    private func offers(
        of id: AppID, warn: (String) -> Void
    ) throws -> (offers: [CatalogOffer], hasCatalogs: Bool) {
        let (readings, failures) = try readCatalogs()
        for failure in failures { warn(CatalogReading.warning(failure)) }
        var offers: [CatalogOffer] = []
        for reading in readings {
            let offer = reading.offer(of: id, on: platform)
            // What cannot be read may list it; what can be read and does not list it is of no matter here.
            if let refusal = reading.refusal, offer != nil || reading.stored == nil {
                warn(CatalogReading.warning(refusal))
            }
            if let offer { offers.append(offer) }
        }
        return (offers, !readings.isEmpty || !failures.isEmpty)
    }

    /// - Returns: nil where nothing is installed.
    private func installation(of id: AppID) throws -> (summary: AppSummary, sources: Sources)? {
        guard let root = try openRoot(), let app = try root.app(id) else { return nil }
        do {
            return try lookingAtAll(of: app, in: root) { try installation(of: app, in: root) }
        } catch StorageError.notInstalled(_) {
            return nil
        }
    }

    private func installation(
        of app: AppDirectory, in root: ManagedRoot
    ) throws -> (summary: AppSummary, sources: Sources) {
        let id = app.id
        guard let tree = try app.open(.installed) else { throw StorageError.notInstalled(id) }
        let summary = try summary(app, tree, in: root, .recent())
        let receipt = try tree.receipt()
        let keys = try trustedKeys(root)
        let data = try root.part(.data)
        let sources = Sources(
            manifest: try tree.manifest(), receipt: receipt, record: try app.record(),
            publisherNames: receipt.keyids.map { keyid in keys.key(KeyID(keyid))?.name ?? keyid.short },
            older: try app.olderSlots().compactMap { try app.open($0)?.manifest().version },
            dataPath: try data.status(of: DiskPath(id)) == nil ? nil : data.full(DiskPath(id)))
        return (summary, sources)
    }

    /// What was done to an app, oldest first. Also for one that was uninstalled.
    package func history(_ id: AppID) throws -> [HistoryEntry] {
        guard let app = try openRoot()?.app(id) else { throw StorageError.notInstalled(id) }
        return try app.history().map(HistoryEntry.init)
    }

    /// - Returns: nil where nothing is installed.
    private func summary(_ app: AppDirectory, in root: ManagedRoot, _ table: ProcessTable) throws -> AppSummary? {
        try lookingAtAll(of: app, in: root) {
            try app.open(.installed).map { try summary(app, $0, in: root, table) }
        }
    }

    private func summary(
        _ app: AppDirectory, _ tree: SlotTree, in root: ManagedRoot, _ table: ProcessTable
    ) throws -> AppSummary {
        let manifest = try tree.manifest()
        let receipt = try tree.receipt()
        let policy = try app.record().policy
        let life = try life(of: app, in: root, table: table)
        return AppSummary(
            id: app.id, name: manifest.name, version: manifest.version, digest: receipt.digest,
            staged: try app.open(.staged)?.manifest().version,
            rollback: try app.open(.rollback)?.manifest().version,
            installedAt: receipt.stagedAt, source: receipt.source, policy: policy.mode.rawValue,
            isRunning: life.isKnown ? life.isRunning : nil, hold: policy.activeHold(at: now()))
    }
}

/// Neither installed nor in any catalog that can be read.
private struct NotListed: Failure {
    let id: AppID
    var code: FailureCode { .appNotInCatalog }
    var message: String { "\(quoted(id.text)) is not installed, and no catalog lists it" }
    var help: String? { "'apphost search' shows what catalogs list, 'apphost catalog refresh' asks them for more" }
}
