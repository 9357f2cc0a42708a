import TestSupport

/// The program is killed before every call of every use case that changes the disk. signal(7), `SIGKILL`
package struct KillSweep: Sendable {
    package let scenes: [Scene]
    package let program: BuiltProgram
    package let tally: Tally
    private let isSubset: Bool

    /// - Parameter isSubset: whether only every fifth point is tried.
    package init(_ scenes: [Scene], _ program: BuiltProgram, _ tally: Tally, isSubset: Bool) {
        self.scenes = scenes
        self.program = program
        self.tally = tally
        self.isSubset = isSubset
    }

    private struct Point: Sendable {
        let scene: Scene
        let call: Int
    }

    /// - Returns: the disks that it left, for ``RecoveryKillSweep``.
    package func run() async throws -> [DeadState] {
        let dead = DeadStates(isSubset: isSubset)
        let step = isSubset ? 5 : 1
        var points: [Point] = []
        var ends: [Point] = []
        for scene in scenes {
            let count = try program.calls(of: scene).calls.count
            points += stride(from: 1, through: count, by: step).map { Point(scene: scene, call: $0) }
            ends.append(Point(scene: scene, call: count + 1))
        }
        try await forEachInParallel(points) { point in _ = try await strike(point, dead) }
        // A run whose threads came in another order may have more calls than the one that was counted.
        try await forEachInParallel(ends) { end in
            var point = end
            while try await strike(point, dead) { point = Point(scene: point.scene, call: point.call + 1) }
        }
        tally.say("killed")
        return dead.kept
    }

    /// - Returns: whether there was such a call.
    private func strike(_ point: Point, _ dead: DeadStates) async throws -> Bool {
        let scene = point.scene
        let place = try scene.template.duplicate()
        let run = try program.play(scene, in: place.path, .kill(point.call))
        let words = "\(scene.useCase): killed before \(run.report.words(for: point.call))"
        if run.isKilled { try dead.offer(place, of: scene, at: words) }
        var problems = try program.problems(of: scene, in: place, after: run.isKilled ? .dead : run.outcome.end)
        problems += try await program.problemsOfNext(of: scene, in: place, isSubset ? .subset : .all)
        tally.add(problems, at: words)
        return run.isKilled
    }
}
