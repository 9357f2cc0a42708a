import HostModel
import TestSupport

/// An app that is stopped is started before each call of a command that replaces its bundle: one of the two comes
/// first, and no bundle is replaced beneath a process.
package struct RunningRaces: Sendable {
    private let scenes: [RunningScene]
    private let program: BuiltProgram
    private let tally: Tally
    private let isSubset: Bool

    /// - Parameter isSubset: whether only a few points of one scene are tried.
    package init(_ scenes: [RunningScene], _ program: BuiltProgram, _ tally: Tally, isSubset: Bool) {
        let useCases: [RunningCase] = isSubset ? [.applyRunning] : [.updateRunning, .applyRunning, .rollbackRunning]
        self.scenes = scenes.filter { useCases.contains($0.useCase) }
        self.program = program
        self.tally = tally
        self.isSubset = isSubset
    }

    private struct Point: Sendable {
        let scene: RunningScene
        let call: Int
    }

    /// In the subset.
    private static let fewPoints = 3

    package func run() async throws {
        var points: [Point] = []
        let counts = try await mapWaiting(scenes) { scene in try calls(of: scene) }
        for (scene, count) in zip(scenes, counts) {
            let step = isSubset ? max(1, count / Self.fewPoints) : 1
            points += stride(from: (step + 1) / 2, through: count, by: step).map { Point(scene: scene, call: $0) }
        }
        _ = try await mapWaiting(points) { point in try strike(point) }
        tally.say("started meanwhile")
    }

    /// The command without its leave to stop the app.
    private func arguments(_ scene: RunningScene) -> [String] { scene.arguments.filter { $0 != "--restart" } }

    private func calls(of scene: RunningScene) throws -> Int {
        let run = try scene.round(program, runs: false).run(arguments(scene), .count, alone: false)
        guard run.outcome.status == 0 else {
            throw BuiltProgram.Unplayable(what: "\(scene.useCase)", outcome: run.outcome)
        }
        return run.report.calls.count
    }

    private func strike(_ point: Point) throws {
        let scene = point.scene
        let round = try scene.round(program, runs: false)
        defer { round.killAll() }
        let hook = try round.writeStart(before: point.call)
        let run = try round.run(arguments(scene), .each(hook: hook), alone: false)
        // The start that came second is still under way.
        var problems = round.rest() == nil ? ["K: it does not come to rest: \(round.processes)"] : []
        problems += try round.problems(of: scene, runs: nil)
        let slots = try round.view().slots
        switch run.outcome.status {
        case 0: if slots != scene.after { problems.append("E: said to be done, and there is \(slots)") }
        case FailureCode.appRunning.exitStatus:
            if slots != scene.before { problems.append("E: refused, and there is \(slots)") }
        default: problems.append("E: it ended with \(run.outcome.status) and said \(run.outcome.errors)")
        }
        tally.add(problems, at: "\(scene.useCase): started before \(run.report.words(for: point.call))")
    }
}
