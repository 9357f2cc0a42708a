extension HistoryModel {
    /// What a disk has otherwise than the model.
    ///
    /// - Parameter host: what ``View/host`` began with; only the settings change.
    func differences(from view: View, host: [String]) -> [String] {
        var found: [String] = []
        func compare<Value: Equatable>(_ what: String, _ disk: Value, _ model: Value) {
            if disk != model { found.append("\(what): the disk has \(disk), the model \(model)") }
        }
        compare("slots", Self.words(view.slots), Self.words(slots.named))
        compare("record", Self.words(record: view.record), words)
        compare("history", view.history, history.map(\.text))
        compare("sequences", view.sequences, history.indices.map { Int64($0 + 1) })
        compare("owned", view.owned.keys.sorted(), ownedPaths)
        compare("left over", view.debris, [])
        let settings = view.host.filter(Self.isSettings)
        compare("host", view.host.filter { !Self.isSettings($0) }, host.filter { !Self.isSettings($0) })
        compare("retention", settings.first.map { Self.settledRetention($0) } ?? 1, Int64(retention))
        return found
    }

    private var ownedPaths: [String] {
        owned.flatMap { ["root/\($0)/notes", "root/\($0)/notes/file"] }.sorted()
    }

    private var words: String {
        record.map { "publisher \($0.hasPublisher), known bad \($0.knownBad)" } ?? "none"
    }

    /// The same of a record as it lies on the disk.
    private static func words(record described: String) -> String {
        if described.isEmpty { return "none" }
        guard described.hasPrefix("file 600 ") else { return "of another mode: \(described)" }
        let json = json(described)
        guard json.isThere else { return "unreadable: \(described)" }
        let hasPublisher = !json["publisher"]["keyids"].elements.isEmpty
        let knownBad = json["knownBad"].elements.map { $0["version"].string ?? "?" }
        let grants = json["grants"].elements.count
        return "publisher \(hasPublisher), known bad \(knownBad)" + (grants == 0 ? "" : ", grants \(grants)")
    }

    private static func words(_ slots: [String: String]) -> String {
        slots.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    private static func isSettings(_ line: String) -> Bool { line.hasPrefix("config.json") }

    private static func settledRetention(_ described: String) -> Int64 { json(described)["retention"].integer ?? 1 }

    /// The JSON in a description of a file: behind its kind and mode.
    private static func json(_ described: String) -> LooseJSON {
        LooseJSON(text: String(described.drop(while: { $0 != "{" })))
    }
}
