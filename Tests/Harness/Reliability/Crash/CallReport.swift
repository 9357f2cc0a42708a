/// What the injector counted.
struct CallReport: Sendable {
    /// `renameat2 backup installed`, in their order. The first is call 1.
    let calls: [String]

    /// - Parameters:
    ///   - text: for each call its number, its thread, its name, and the paths that it names; then how it ended.
    ///   - place: left out of the paths.
    init(_ text: String, place: String) {
        calls = text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, Int(words[0]) != nil else { return nil }
            return String(words[2]).replacing(place + "/", with: "")
        }
    }

    /// `call 37 (renameat2 backup installed)`
    func words(for call: Int) -> String {
        calls.indices.contains(call - 1) ? "call \(call) (\(calls[call - 1]))" : "call \(call)"
    }

    /// The numbers of the calls of some kinds.
    func numbers(of kinds: Set<String>) -> [Int] {
        calls.indices.filter { kinds.contains(String(calls[$0].prefix { $0 != " " })) }.map { $0 + 1 }
    }
}
