import TestSupport

/// One catalog of a host, read from the plain files: what of it is kept, and whether it all goes together.
struct CatalogView {
    /// The edition that `kept/` holds as a whole; `nothing` where it was never refreshed; a sentence where it is none.
    private(set) var kept = CatalogView.nothing
    /// Of which edition `health.json` tells, and whether the last refresh failed: `first, failing`.
    private(set) var health = "never"
    /// `source.json`, without times.
    private(set) var source = ""
    /// What is never so, whenever a command ends.
    private(set) var flaws: [String] = []
    /// What a command that was killed or failed left to the next one.
    private(set) var leftovers: [String] = []

    /// What ``kept`` is of a catalog that was only added.
    static let nothing = "nothing"

    private let name: String
    private let workshop: Workshop
    private var edition: Workshop.Edition?

    /// - Parameter tree: everything in the catalog's directory, and under `""` that itself.
    init(_ name: String, _ tree: Tree, _ workshop: Workshop) {
        self.name = name
        self.workshop = workshop
        var files = tree
        for path in tree.keys.sorted() where path.hasSuffix(".new") || path.hasPrefix("kept.new/") {
            files[path] = nil
            if path.hasSuffix(".new") { leftovers.append(path) }
        }
        for directory in ["", "kept", "metadata"] {
            let what = files.removeValue(forKey: directory)
            if let what, what != "directory 700" { flaws.append("\(directory)/ is '\(what)'") }
        }
        let kept = Self.take("kept/", from: &files)
        let metadata = Self.take("metadata/", from: &files)
        if tree["kept"] != nil { judge(kept: kept) }
        judge(metadata: metadata)
        judge(source: files.removeValue(forKey: "source.json"))
        if let file = files.removeValue(forKey: "health.json") { judge(health: file) }
        flaws += files.keys.sorted().map { "\($0) is no file of a catalog" }
    }

    private static func take(_ directory: String, from files: inout Tree) -> Tree {
        var taken: Tree = [:]
        for (path, what) in files where path.hasPrefix(directory) {
            taken[String(path.dropFirst(directory.count))] = what
        }
        files = files.filter { !$0.key.hasPrefix(directory) }
        return taken
    }

    // MARK: The parts

    private mutating func judge(kept files: Tree) {
        edition = workshop.catalogs.first { $0.value.kept == files }?.key
        if let edition {
            kept = edition.rawValue
            return
        }
        let differences = workshop.catalogs.values.map { catalog in
            Set(files.keys).union(catalog.kept.keys).filter { files[$0] != catalog.kept[$0] }.sorted()
        }
        let nearest = differences.min { $0.count < $1.count }
        kept = "broken: \(nearest ?? [])"
        flaws.append("kept/ is of no edition: \(kept)")
    }

    /// A refresh replaces root, timestamp, snapshot and targets in this order, so none of them is ever newer than the
    /// one before it; and what is kept came from here. A delegated role counts only through these, and is fetched again
    /// where it is not what they say.
    private mutating func judge(metadata files: Tree) {
        let keptNumber = edition?.number ?? 0
        var newest = Int.max
        for file in Self.topLevel {
            var number = 0
            if let what = files[file] {
                guard let found = workshop.catalogs.first(where: { $0.value.kept[file] == what }) else {
                    flaws.append("metadata/\(file) was never published")
                    continue
                }
                number = found.key.number
            }
            if number > newest { flaws.append("metadata/\(file) is newer than what leads to it") }
            if number < keptNumber { flaws.append("metadata/\(file) is older than what is kept") }
            newest = number
        }
        if files["root.json"] == nil { flaws.append("metadata/root.json is missing") }
        let strange = files.keys.filter { name in
            !Self.topLevel.contains(name) && !Self.locks.contains(name) && !name.hasPrefix("bin-")
        }
        flaws += strange.sorted().map { "metadata/\($0) is no file of a catalog" }
    }

    private static let topLevel = ["root.json", "timestamp.json", "snapshot.json", "targets.json"]
    private static let locks = ["lock", "refresh.lock"]

    private mutating func judge(source file: String?) {
        guard let file, let json = Self.json(file), json["name"].string == name,
            json["location"].string?.hasPrefix("/") == true, json["rootDigest"].string?.utf8.count == 64,
            json["addedAt"].string != nil
        else {
            flaws.append("source.json is \(file.map { "'\($0)'" } ?? "missing")")
            return
        }
        source = View.timeless(file)
    }

    private mutating func judge(health file: String) {
        guard let json = Self.json(file) else {
            health = "unreadable"
            flaws.append("health.json is '\(file)'")
            return
        }
        let isFailing = json["errorCode"].string != nil
        if isFailing != (json["failedSince"].string != nil) { flaws.append("health.json is half: \(file)") }
        health = (judge(claim: json) ?? "never") + (isFailing ? ", failing" : "")
    }

    /// - Returns: of which edition it tells; nil for none.
    private mutating func judge(claim json: LooseJSON) -> String? {
        let refreshedAt = json["refreshedAt"].string
        let expiresAt = json["expiresAt"].string
        if refreshedAt == nil && expiresAt == nil { return nil }
        guard refreshedAt != nil, let claimed = workshop.catalogs.first(where: { $0.value.expires == expiresAt })?.key
        else {
            flaws.append("health.json tells of no edition: \(refreshedAt ?? "-") \(expiresAt ?? "-")")
            return "unknown"
        }
        let isKept = edition.map { $0.isInBins == claimed.isInBins && $0.number >= claimed.number } ?? false
        if !isKept { flaws.append("health.json tells of '\(claimed.rawValue)', and what is kept is '\(kept)'") }
        return claimed.rawValue
    }

    /// A record of this version, with its line feed; nil where it is none.
    private static func json(_ described: String) -> LooseJSON? {
        let start = "file 600 "
        guard described.hasPrefix(start), described.hasSuffix("}\n") else { return nil }
        let json = LooseJSON(text: String(described.dropFirst(start.count)))
        return json["schema"].integer == 1 ? json : nil
    }
}
