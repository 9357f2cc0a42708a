import TestSupport

/// The command is killed before every call that changes what others find, while its app and the supervisor live on.
package struct RunningKillSweep: Sendable {
    private let scenes: [RunningScene]
    private let program: BuiltProgram
    private let tally: Tally
    private let isSubset: Bool

    /// - Parameter isSubset: whether only a few points of each scene are tried.
    package init(_ scenes: [RunningScene], _ program: BuiltProgram, _ tally: Tally, isSubset: Bool) {
        self.scenes = scenes
        self.program = program
        self.tally = tally
        self.isSubset = isSubset
    }

    private struct Point: Sendable {
        let scene: RunningScene
        let call: Int
    }

    /// In the subset, of each scene.
    private static let fewPoints = 4

    package func run() async throws {
        let counts = try await mapWaiting(scenes) { scene in try scene.calls(program) }
        var points: [Point] = []
        var ends: [Point] = []
        for (scene, count) in zip(scenes, counts) {
            // Odd, so that what comes next is not of one kind.
            let step = isSubset ? max(1, count / Self.fewPoints) | 1 : 1
            points += stride(from: (step + 1) / 2, through: count, by: step).map { Point(scene: scene, call: $0) }
            ends.append(Point(scene: scene, call: count + 1))
        }
        _ = try await mapWaiting(points) { point in try strike(point) }
        if !isSubset {
            // A run whose threads came in another order may have more calls than the one that was counted.
            _ = try await mapWaiting(ends) { end in
                var point = end
                while try strike(point) { point = Point(scene: point.scene, call: point.call + 1) }
            }
        }
        tally.say("killed while the app runs")
    }

    /// - Returns: whether there was such a call.
    private func strike(_ point: Point) throws -> Bool {
        let scene = point.scene
        let next = Next(point.call)
        let round = try scene.round(program, runs: scene.useCase.ranBefore)
        defer { round.killAll() }
        let run = try round.run(scene.arguments, .kill(point.call))
        var problems: [String] = []
        if !run.isKilled && run.outcome.status != scene.useCase.status {
            problems.append("E: it ended with \(run.outcome.status) and said \(run.outcome.errors)")
        }
        problems += try next.waits ? round.problemsOfWhatIsTold() : round.problemsOfAnswers()
        if let call = next.call { _ = try round.run(next.arguments, .kill(call)) }
        problems += try round.problems(ofFirstChange: next.arguments)
        let mustRun = !scene.useCase.isOfProcesses || (next.starts && next.waits)
        problems += try round.problems(of: scene, runs: mustRun ? true : nil)
        problems += try round.problemsAfterBoot(of: scene, wanted: mustRun || next.starts ? true : nil)
        tally.add(problems, at: "\(scene.useCase): killed before \(run.report.words(for: point.call)), \(next)")
        return run.isKilled
    }

    /// What is done after a kill. It differs from point to point, so that near each there is one of every kind.
    private struct Next: CustomStringConvertible {
        /// Whether the next command comes once nothing is on its way any more, or at once.
        let waits: Bool
        let starts: Bool
        /// The call before which the next command is killed as well; it comes again then.
        let call: Int?

        init(_ number: Int) {
            waits = number % 2 == 0
            starts = number / 2 % 2 == 1
            call = number / 4 % 3 == 2 ? 1 + number * 7 % 60 : nil
        }

        var arguments: [String] { [starts ? "start" : "hold", "notes"] }

        var description: String {
            "then \(arguments[0])\(waits ? "" : " at once")" + (call.map { ", killed before its call \($0)" } ?? "")
        }
    }
}
