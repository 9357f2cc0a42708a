import HostModel

/// What happened to one app, by its history: every state that it was in, and when.
struct CrowdCourse {
    private(set) var problems: [String] = []
    /// Before the first line that changed something, and after each of them.
    private let stages: [SlotModel]
    private let sequence: CrowdSequence
    private let killed: [CrowdSpan]

    /// - Parameters:
    ///   - lines: the whole history, in order.
    ///   - commands: those that were to change this app.
    init(_ lines: [CrowdLine], _ commands: [CrowdCommand], retention: Int) {
        let done = lines.filter { $0.outcome == "done" }
        var states = [SlotModel()]
        var problems: [String] = []
        for line in done {
            var next = states[states.count - 1]
            if let problem = next.replay(line, retention: retention) { problems.append(problem) }
            states.append(next)
        }
        let spans = Self.spans(commands)
        sequence = CrowdSequence(done, spans)
        killed = spans.filter { !$0.isSure }
        stages = states
        self.problems = problems + sequence.problems + Self.otherLines(lines, commands)
    }

    var last: SlotModel { stages[stages.count - 1] }

    /// Every state that the app may have been in at some moment between the two.
    func states(from start: Int64, to end: Int64) -> ArraySlice<SlotModel> {
        let first = sequence.latest.firstIndex(where: { $0 >= start }) ?? sequence.latest.count
        let last = sequence.earliest.lastIndex(where: { $0 <= end }).map { $0 + 1 } ?? 0
        return first <= last ? stages[first...last] : stages[...]
    }

    /// Whether a killed command may have been underway or unsettled at some moment between the two.
    func isUnsettled(from start: Int64, to end: Int64) -> Bool {
        killed.contains { $0.start <= end && $0.end >= start }
    }

    /// What takes part in the order: the commands that are done, and those that may be.
    private static func spans(_ commands: [CrowdCommand]) -> [CrowdSpan] {
        var spans: [CrowdSpan] = []
        for command in commands {
            let request = command.request
            switch command.answer {
            case .done(let from, let to):
                spans.append(
                    CrowdSpan(
                        start: command.end.start, end: command.end.end, isSure: true, kind: request.verb.rawValue,
                        from: from, to: to, name: "\(request)"))
            // Who says something wrong may have done something all the same.
            case .killed, .wrong:
                spans.append(
                    CrowdSpan(
                        start: command.end.start, end: command.end.end, isSure: false, kind: request.verb.rawValue,
                        from: nil, to: request.version, name: "\(request)"))
            case .unchanged, .refused, .shown: break
            }
        }
        return spans.map { settled($0, among: spans) }
    }

    /// What a killed command began is carried on by the next that gets the app's lock, at the latest.
    private static func settled(_ span: CrowdSpan, among spans: [CrowdSpan]) -> CrowdSpan {
        if span.isSure { return span }
        var settled = span
        settled.end = spans.filter { $0.isSure && $0.start > span.end }.map(\.end).min() ?? Int64.max
        return settled
    }

    /// The lines that changed nothing: there are no more of them than commands that may have written them.
    private static func otherLines(_ lines: [CrowdLine], _ commands: [CrowdCommand]) -> [String] {
        var problems: [String] = []
        var room: [String: Int] = [:]
        for command in commands {
            let verb = command.request.verb.rawValue
            switch command.answer {
            case .refused(let code): room["\(verb) refused \(code.rawValue)", default: 0] += 1
            case .killed, .wrong: room[verb, default: 0] += 1
            case .done, .unchanged, .shown: break
            }
        }
        for line in lines where line.outcome != "done" {
            let exact = "\(line.kind) \(line.outcome) \(line.code ?? "")"
            let isDue = line.outcome == "refused" || line.outcome == "interrupted"
            if isDue, let key = [exact, line.kind].first(where: { room[$0, default: 0] > 0 }) {
                room[key, default: 0] -= 1
            } else {
                problems.append("'\(line)' is in the history, and no command can have written it")
            }
        }
        return problems
    }
}
