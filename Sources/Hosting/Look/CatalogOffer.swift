import Catalogs
import HostModel

/// What one catalog lists of one app, for this host.
package struct CatalogOffer: Sendable {
    package enum Status: String, Sendable {
        /// There is a bundle that this host would get.
        case listed
        case otherChannel = "other_channel"
        case otherArchitecture = "other_architecture"
        /// There are several versions, and no order between them.
        case notComparable = "not_comparable"
        /// What is listed cannot be understood.
        case unknown
    }

    package struct Reason: Sendable, Equatable, JSONRepresentable {
        /// Nil where the status says it all.
        package let code: FailureCode?
        package let message: String

        package var json: JSONValue { ["code": code?.rawValue, "message": message] }
    }

    package let id: AppID
    package let catalog: AppID
    package let catalogState: CatalogSummary.State
    package let status: Status
    /// Why this host would get no bundle, or cannot see another one that is listed too.
    package let reason: Reason?
    /// The newest bundle that this host would get; nil unless it is listed.
    let newest: ListedEntry?
    /// All of the app, for any host.
    let entries: [ListedEntry]

    /// - Parameter listing: of this app alone.
    /// - Returns: nil where nothing of it is listed.
    init?(of id: AppID, in listing: CatalogListing, by reading: CatalogReading, on platform: Platform) {
        let choice = listing.choose(id, arch: platform.arch)
        guard let verdict = Self.verdict(choice, beside: listing.unknown) else { return nil }
        self.id = id
        catalog = reading.name
        catalogState = CatalogSummary.State(reading.refusal)
        status = verdict.status
        reason = verdict.reason
        newest = verdict.newest
        entries = listing.entries
    }

    private struct Verdict {
        var status: Status
        var newest: ListedEntry?
        var reason: Reason?
    }

    private static func verdict(_ choice: EntryChoice, beside unknown: [UnknownEntry]) -> Verdict? {
        switch choice {
        case .chosen(let entry):
            Verdict(status: .listed, newest: entry, reason: unknown.first.map { because($0) })
        case .otherChannels(let channels):
            Verdict(status: .otherChannel, reason: because("it is only in the channel \(alternatives(channels))"))
        case .otherArchitectures(let names):
            Verdict(status: .otherArchitecture, reason: because("it is only there for \(alternatives(names))"))
        case .notComparable(let versions):
            Verdict(
                status: .notComparable,
                reason: because("there is no order between its versions \(alternatives(versions.map(\.text)))"))
        case .ambiguous(let entries):
            Verdict(status: .unknown, reason: ambiguity(entries))
        case .unreadable(let unreadable):
            Verdict(status: .unknown, reason: unreadable.first.map { because($0) })
        case .noSuchApp, .noSuchVersion: nil
        }
    }

    private static func because(_ message: String) -> Reason { Reason(code: nil, message: message) }

    private static func because(_ entry: UnknownEntry) -> Reason {
        Reason(code: entry.problemCode, message: entry.problem)
    }

    private static func ambiguity(_ entries: [ListedEntry]) -> Reason {
        let bundles = Set(entries.map(\.entry.digest)).count
        let versions = alternatives(entries.map(\.entry.version.text))
        return Reason(code: .entryInvalid, message: "\(bundles) different bundles are listed as \(versions)")
    }

    private static func alternatives(_ words: [String]) -> String {
        Set(words).sorted().map { quoted($0) }.joined(separator: ", ")
    }
}

extension CatalogReading {
    /// - Returns: nil where nothing of the app is listed, or nothing can be read.
    func offer(of id: AppID, on platform: Platform) -> CatalogOffer? {
        guard let stored else { return nil }
        return CatalogOffer(of: id, in: stored.listing(of: id), by: self, on: platform)
    }

    /// Of every app, by id.
    ///
    /// - Parameter listing: all of this catalog.
    func offers(in listing: CatalogListing, on platform: Platform) -> [CatalogOffer] {
        var own: [AppID: (entries: [ListedEntry], unknown: [UnknownEntry])] = [:]
        for entry in listing.entries { own[entry.entry.id, default: ([], [])].entries.append(entry) }
        for entry in listing.unknown {
            if let id = entry.id { own[id, default: ([], [])].unknown.append(entry) }
        }
        return own.sorted { $0.key < $1.key }.compactMap { id, listed -> CatalogOffer? in
            let listing = CatalogListing(entries: listed.entries, unknown: listed.unknown)
            return CatalogOffer(of: id, in: listing, by: self, on: platform)
        }
    }
}

// MARK: Showing

extension CatalogOffer: JSONRepresentable {
    /// Every version that is listed, each once, the newest first; those without an order come last.
    package var versions: [BundleVersion] {
        var all: [BundleVersion] = []
        for entry in entries where !all.contains(entry.entry.version) { all.append(entry.entry.version) }
        let ordered = all.filter(\.isComparable).sorted { $0.order(to: $1) == .newer }
        return ordered + all.filter { !$0.isComparable }
    }

    /// What says how the app is called: the bundle that this host would get, else the newest of all.
    var described: CatalogEntry? {
        if let newest { return newest.entry }
        let latest = versions.first
        return entries.first { $0.entry.version == latest }?.entry
    }

    package var json: JSONValue {
        let entry = newest?.entry
        let head: JSONValue = [
            "catalog": catalog, "status": status.rawValue, "reason": reason, "name": described?.name,
            "summary": described?.summary, "version": entry?.version, "versions": versions,
            "channel": entry?.channel, "digest": entry?.digest, "downloadBytes": newest?.artifact.length,
            "publishedAt": entry?.publishedAt, "transport": entry?.transport,
            "permissionProfile": entry?.permissionProfile,
        ]
        let tail: JSONValue = [
            "permissions": entry.map(Self.permissions), "environment": entry.map(Self.environment),
            "requires": entry.map(Self.requirements), "changelog": entry?.changelog.map(Self.changelog),
            "deprecation": described.map { Self.deprecation($0.deprecation) },
            "advisories": entry.map(Self.advisories),
        ]
        guard case .object(let members) = head, case .object(let more) = tail else { return head }
        return .object(members + more)
    }

    private static func permissions(_ entry: CatalogEntry) -> JSONValue {
        .array(
            entry.permissions.map { permission in
                ["permission": permission, "rationale": entry.permissionRationale[permission]]
            })
    }

    /// Without what a variable is by default: that may be a secret.
    private static func environment(_ entry: CatalogEntry) -> JSONValue {
        .array(
            entry.environment.map { variable in
                [
                    "name": variable.name, "description": variable.description, "required": variable.required,
                    "secret": variable.secret,
                ]
            })
    }

    private static func requirements(_ entry: CatalogEntry) -> JSONValue {
        ["apphost": entry.requires.apphost, "arch": entry.requires.arch]
    }

    private static func changelog(_ changelog: CatalogEntry.Changelog) -> JSONValue {
        ["summary": changelog.summary, "url": changelog.url]
    }

    static func deprecation(_ deprecation: CatalogEntry.Deprecation) -> JSONValue {
        [
            "status": deprecation.status.rawValue, "message": deprecation.message,
            "replacement": deprecation.replacement,
        ]
    }

    private static func advisories(_ entry: CatalogEntry) -> JSONValue {
        .array(
            entry.advisories.map { advisory in
                [
                    "id": advisory.id, "severity": advisory.severity.rawValue, "summary": advisory.summary,
                    "url": advisory.url,
                ]
            })
    }

    /// Label and value, for people; what is not there is left out.
    ///
    /// - Parameter size: how a number of bytes is written.
    package func rows(size: (Int64) -> String) -> [(label: String, value: String)] {
        var rows: [(String, String?)] = [("in catalog", shownCatalog)]
        if let newest {
            let entry = newest.entry
            let more: [(String, String?)] = [
                ("newest", Self.words(["\(entry.version)", "channel \(entry.channel)", Self.published(entry)])),
                ("about", entry.summary), ("download", size(newest.artifact.length)), ("its digest", entry.digest.hex),
                ("asks for", Self.words(entry.permissions.map { Self.told($0, entry.permissionRationale[$0]) })),
                ("needs", Self.words(entry.environment.filter(\.required).map { Self.told($0.name, $0.description) })),
                ("requires", Self.required(entry.requires)),
                ("changes", Self.sentences([entry.changelog?.summary, entry.changelog?.url])),
            ]
            rows += more
            for advisory in entry.advisories {
                let what: [String?] = [advisory.severity.rawValue, advisory.id, advisory.summary, advisory.url]
                rows.append(("advisory", Self.sentences(what)))
            }
        }
        rows.append(("deprecated", described.flatMap { Self.deprecated($0.deprecation) }))
        rows.append((reasonLabel, reason?.message))
        return rows.compactMap { label, value in value.map { (label, $0) } }
    }

    /// With a mark where the catalog does not count.
    var shownCatalog: String {
        catalogState == .current ? catalog.text : "\(catalog) (\(catalogState.words))"
    }

    private var reasonLabel: String { status == .listed ? "unusable" : "not for this host" }

    private static func words(_ words: [String?]) -> String? { joined(words, by: ", ") }

    /// What publishers wrote may end in a full stop.
    private static func sentences(_ sentences: [String?]) -> String? { joined(sentences, by: " – ") }

    private static func joined(_ parts: [String?], by separator: String) -> String? {
        let parts = parts.compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: separator)
    }

    private static func told(_ name: String, _ why: String?) -> String { name + (why.map { " (\($0))" } ?? "") }

    private static func published(_ entry: CatalogEntry) -> String? { entry.publishedAt.map { "published \($0)" } }

    private static func required(_ requires: CatalogEntry.Requirements) -> String? {
        words([requires.apphost.map { "apphost \($0) or newer" }, requires.arch?.joined(separator: " or ")])
    }

    /// - Returns: nil where it is not.
    static func deprecated(_ deprecation: CatalogEntry.Deprecation) -> String? {
        guard deprecation.status == .deprecated else { return nil }
        let replacement = deprecation.replacement.map { "\($0) takes its place" }
        return sentences([deprecation.message, replacement]) ?? "yes"
    }
}
