import ArgumentParser
import Glibc
import Reliability

struct FaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Fail every call and cut the power at every call, through the seam to the disk.")

    @Flag(help: "Only a bounded subset, for CI.")
    var subset = false

    @Option(help: "Only these use cases.")
    var only: [String] = []

    @Option(help: "How many violations are shown.")
    var show = 20

    @Flag(help: "End at the first violation.")
    var first = false

    @Flag(help: "Take each flush away in turn, and expect that its absence is noticed.")
    var withoutFlushes = false

    func run() async throws {
        let workshop = try Workshop()
        var scenes: [Scene] = []
        let wanted = subset ? UseCase.subset : UseCase.allCases
        for useCase in wanted where only.isEmpty || only.contains(useCase.rawValue) {
            scenes.append(try await Scene(useCase, workshop))
        }
        if withoutFlushes { return try await takeFlushesAway(scenes) }
        let tally = Tally("faults", isVerbose: true, shown: show)
        try await ErrorSweep(scenes, tally, step: subset ? 9 : 1, stopsEarly: first).run()
        if !(first && tally.violations > 0) {
            try await PowerCutSweep(scenes, tally, depth: subset ? .subset : .all, stopsEarly: first).run()
        }
        print("faults: \(tally.points) points, \(tally.violations) violations")
        if tally.violations > 0 { throw ExitCode(1) }
    }

    private func takeFlushesAway(_ scenes: [Scene]) async throws {
        let flushes = try await PowerCutSweep(scenes, Tally("", isVerbose: false), depth: .shallow).flushes()
        var missed = 0
        for flush in flushes + [(label: "every flush", scenes: scenes)] {
            let tally = Tally("flushes", isVerbose: false)
            try await PowerCutSweep(flush.scenes, tally, depth: .shallow, stopsEarly: true) {
                flush.label == "every flush" || $0 == flush.label
            }.run()
            if tally.violations == 0 { missed += 1 }
            let words = tally.shownViolations.first ?? "NOT MISSED in \(flush.scenes.map(\.useCase.rawValue))"
            print("flushes: without \(flush.label): \(words)")
            fflush(nil)
        }
        print("flushes: \(flushes.count + 1) taken away, \(missed) not missed")
        if missed > 0 { throw ExitCode(1) }
    }
}
