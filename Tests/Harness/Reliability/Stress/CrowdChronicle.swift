import Synchronization
import TestSupport

/// A line of an app's history, read from the plain file.
struct CrowdLine: Sendable, Equatable {
    let sequence: Int64
    let operation: String
    let kind: String
    let outcome: String
    let from: String?
    let to: String?
    let code: String?

    init?(_ text: String) {
        let json = LooseJSON(text: text)
        guard let sequence = json["sequence"].integer, let operation = json["operation"].string,
            let kind = json["kind"].string, let outcome = json["outcome"].string
        else { return nil }
        self.sequence = sequence
        self.operation = operation
        self.kind = kind
        self.outcome = outcome
        from = json["from"].string
        to = json["to"].string
        code = json["code"].string
    }
}

extension CrowdLine: CustomStringConvertible {
    var description: String {
        let words: [String?] = ["\(sequence)", kind, outcome, from, to, code]
        return words.compactMap { $0 }.joined(separator: " ")
    }
}

/// Every line that any history ever had: the program forgets the oldest, so they are collected as they come.
final class CrowdChronicle: Sendable {
    private struct State {
        var lines: [String: [Int64: CrowdLine]] = [:]
        var problems: [String: Set<String>] = [:]
    }

    private let state = Mutex(State())

    /// Takes up what is new.
    func read(_ place: TemporaryDirectory) {
        for app in CrowdWorkshop.apps {
            for name in ["history.1.jsonl", "history.jsonl"] {
                guard let text = place.text("root/apps/\(app)/\(name)") else { continue }
                // A tail without line feed was never written whole, or is being written now.
                for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                    take(String(line), of: app)
                }
            }
        }
    }

    /// The lines of an app in their order.
    func lines(of app: String) -> [CrowdLine] {
        state.withLock { state in (state.lines[app] ?? [:]).values.sorted { $0.sequence < $1.sequence } }
    }

    /// What is wrong with the lines of an app by themselves.
    func problems(of app: String) -> [String] {
        var problems = state.withLock { ($0.problems[app] ?? []).sorted() }
        for (place, line) in lines(of: app).enumerated() where line.sequence != Int64(place + 1) {
            problems.append("line \(place + 1) of the history has the sequence \(line.sequence)")
            break
        }
        return problems
    }

    private func take(_ text: String, of app: String) {
        state.withLock { state in
            guard let line = CrowdLine(text) else {
                state.problems[app, default: []].insert("no line of a history: \(text)")
                return
            }
            let known = state.lines[app]?[line.sequence]
            if let known, known != line {
                state.problems[app, default: []].insert("two lines have one sequence: '\(known)' and '\(line)'")
            }
            state.lines[app, default: [:]][line.sequence] = line
        }
    }
}
