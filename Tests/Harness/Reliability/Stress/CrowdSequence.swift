/// A command that changed an app, as far as its place in the history goes.
struct CrowdSpan: Sendable {
    var start: Int64
    /// It took effect between the two, where it did.
    var end: Int64
    /// Whether it said that it is done. A killed one may have done it or not.
    let isSure: Bool
    let kind: String
    /// Of a killed one unknown.
    let from: String?
    /// Nil too where a killed one did not name it.
    let to: String?
    let name: String

    func fits(_ line: CrowdLine) -> Bool {
        guard kind == line.kind else { return false }
        return isSure ? from == line.from && to == line.to : to == nil || to == line.to
    }

    /// As it is where time runs backwards.
    var mirrored: CrowdSpan {
        var mirrored = self
        mirrored.start = -end
        mirrored.end = -start
        return mirrored
    }
}

/// Which line of a history is which command's: every assignment that agrees with when the commands ran, all at once.
///
/// It agrees where every command that is done has one line of its own, every line has a command, and no command that ended
/// before another began has the later line. That is linearisability, with the history as the order.
///
/// Cost: lines times the commands that ran at any one moment, times the assignments that still agree.
struct CrowdSequence {
    private(set) var problems: [String] = []
    /// For each line, when it took effect at the earliest in any assignment, and at the latest.
    private(set) var earliest: [Int64]
    private(set) var latest: [Int64]

    /// More contradictions than these say nothing new.
    private static let patience = 50

    init(_ lines: [CrowdLine], _ spans: [CrowdSpan]) {
        earliest = Array(repeating: .min, count: lines.count)
        latest = Array(repeating: .max, count: lines.count)
        var spans = spans.sorted { $0.start < $1.start }
        var kept = Array(lines.indices)
        for _ in 0..<Self.patience {
            switch Self.pass(kept.map { lines[$0] }, spans) {
            case .agrees(let moments):
                bound(lines, kept, spans, moments)
                return
            case .orphan(let place):
                problems.append("'\(lines[kept[place]])' is in the history, and no command at that time did it")
                kept.remove(at: place)
            case .missing(let place):
                problems.append("'\(spans[place].name)' said that it is done, and the history has no line at that time")
                spans.remove(at: place)
            }
        }
        problems.append("after \(Self.patience) contradictions nothing more can be told")
    }

    /// - Parameter moments: the earliest for each line of `kept`. The latest are the earliest where time runs backwards.
    private mutating func bound(_ lines: [CrowdLine], _ kept: [Int], _ spans: [CrowdSpan], _ moments: [Int64]) {
        for (place, line) in kept.enumerated() { earliest[line] = moments[place] }
        let mirrored = spans.map(\.mirrored).sorted { $0.start < $1.start }
        if case .agrees(let backwards) = Self.pass(kept.reversed().map { lines[$0] }, mirrored) {
            for (place, line) in kept.reversed().enumerated() { latest[line] = -max(backwards[place], -Int64.max) }
        }
        // A line that is nobody's lies between its neighbours.
        for line in earliest.indices.dropFirst() { earliest[line] = max(earliest[line], earliest[line - 1]) }
        for line in latest.indices.dropLast().reversed() { latest[line] = min(latest[line], latest[line + 1]) }
    }

    private enum Outcome {
        case agrees([Int64])
        /// This line is no command's.
        case orphan(Int)
        /// This command has no line.
        case missing(Int)
    }

    /// Gives out the lines one after the other, in every way that agrees.
    ///
    /// - Parameter spans: by their start.
    private static func pass(_ lines: [CrowdLine], _ spans: [CrowdSpan]) -> Outcome {
        var states: Set<State> = [State()]
        var base = 0
        var moments: [Int64] = []
        for (place, line) in lines.enumerated() {
            let floor = states.map(\.moment).min() ?? .min
            while base < spans.count, spans[base].end < floor { base += 1 }
            var next: Set<State> = []
            for state in states {
                for index in state.candidates(for: line, spans, from: base) { next.insert(state.giving(index, spans)) }
            }
            guard !next.isEmpty else { return blame(place, line, states, spans, from: base) }
            states = next
            moments.append(next.map(\.moment).min() ?? .min)
        }
        let left = states.map { $0.overdue(spans, from: base) }.min { $0.count < $1.count }
        if let missing = left?.first { return .missing(missing) }
        return .agrees(moments)
    }

    /// Nobody can have this line: because somebody should have had one before it, or because it is nobody's.
    private static func blame(
        _ place: Int, _ line: CrowdLine, _ states: Set<State>, _ spans: [CrowdSpan], from base: Int
    ) -> Outcome {
        for state in states {
            let first = state.overdue(spans, from: base).min(by: { spans[$0].end < spans[$1].end })
            guard let first else { continue }
            if !state.candidates(for: line, spans, from: base, without: first).isEmpty { return .missing(first) }
        }
        return .orphan(place)
    }

    /// What was given out so far, as far as it matters for what follows.
    private struct State: Hashable {
        /// No line from here on took effect before this.
        var moment = Int64.min
        /// Those with a line that may run at that moment or later; all others with a line ended before it.
        var given: Set<Int> = []

        /// Who can have the next line: nobody who ended before this moment, or began after somebody ended who still
        /// needs one.
        func candidates(for line: CrowdLine, _ spans: [CrowdSpan], from base: Int, without: Int? = nil) -> [Int] {
            var barrier = Int64.max
            var found: [Int] = []
            for index in base..<spans.count {
                let span = spans[index]
                if span.start > barrier { break }
                if span.end < moment || index == without || given.contains(index) { continue }
                if span.isSure { barrier = min(barrier, span.end) }
                if span.fits(line) { found.append(index) }
            }
            return found.filter { spans[$0].start <= barrier }
        }

        func giving(_ index: Int, _ spans: [CrowdSpan]) -> State {
            var next = self
            next.moment = max(moment, spans[index].start)
            next.given.insert(index)
            next.given = next.given.filter { spans[$0].end >= next.moment }
            return next
        }

        /// Those that are done and have no line yet.
        func overdue(_ spans: [CrowdSpan], from base: Int) -> [Int] {
            (base..<spans.count).filter { spans[$0].isSure && spans[$0].end >= moment && !given.contains($0) }
        }
    }
}
