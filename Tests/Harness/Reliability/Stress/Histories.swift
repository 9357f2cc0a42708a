import TestSupport

/// Random histories of one app, with kills, held against a pure model step by step. What differs is made as short as it
/// gets.
package struct Histories: Sendable {
    private let workshop: Workshop
    private let tally: Tally
    private let count: Int
    private let seed: UInt64

    /// Steps of each history.
    private static let length = 20
    /// More mismatches than these are told as they come: to shrink one takes hundreds of runs.
    private static let shrunk = 5

    package init(_ workshop: Workshop, _ tally: Tally, count: Int, seed: UInt64) {
        self.workshop = workshop
        self.tally = tally
        self.count = count
        self.seed = seed
    }

    package func run() async throws {
        if count <= 0 { return }
        let template = try TemporaryDirectory()
        try Trial(place: template, workshop: workshop).trust("notes")
        let run = HistoryRun(workshop: workshop, template: template)
        let calls = try await countCalls()
        let found = Counter()
        try await forEachInParallel(Array(0..<count)) { number in
            let plan = PlannedStep.plan(Self.length, seed: seed(of: number), calls: calls)
            let mismatch = try await run.mismatch(in: plan)
            for _ in 1..<plan.count { tally.add([], at: "") }
            var problems: [String] = []
            if let mismatch {
                let shrinks = found.next() < Self.shrunk
                problems.append(try await tell(mismatch, plan, run, shrinks: shrinks))
            }
            tally.add(problems, at: "seed \(seed), history \(number)")
        }
        tally.say("histories")
    }

    private func seed(of number: Int) -> UInt64 {
        var random = SplitMix(seed: seed &+ UInt64(number))
        return random.next()
    }

    /// How many calls a step of each kind makes, so that kills strike anywhere in it.
    private func countCalls() async throws -> [HistoryStep.Kind: Int] {
        var calls: [HistoryStep.Kind: Int] = [:]
        for kind in HistoryStep.Kind.allCases {
            guard let useCase = kind.useCase else { continue }
            let place = try TemporaryDirectory()
            try await useCase.prepare(place, workshop)
            let files = FaultyFileSystem()
            try await useCase.run(Trial(place: place, workshop: workshop, files: files))
            calls[kind] = files.calls
        }
        return calls
    }

    private func tell(
        _ mismatch: HistoryRun.Mismatch, _ plan: [PlannedStep], _ run: HistoryRun, shrinks: Bool
    ) async throws -> String {
        var steps = Array(plan.prefix(mismatch.step + 1))
        var what = mismatch.what
        if shrinks {
            let smallest = try await Shrink.smallest(steps, simpler: { $0.simpler }) { shorter in
                try await run.mismatch(in: shorter) != nil
            }
            if let last = try await run.mismatch(in: smallest) {
                steps = Array(smallest.prefix(last.step + 1))
                what = last.what
            }
        }
        return steps.map { "\($0)" }.joined(separator: " · ") + ": " + what
    }
}
