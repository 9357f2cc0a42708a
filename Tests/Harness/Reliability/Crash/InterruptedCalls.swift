import Glibc
import TestSupport

/// Single calls of the built program fail: those that a signal may interrupt are repeated, and a full disk is told of.
package struct InterruptedCalls: Sendable {
    package let scenes: [Scene]
    package let program: BuiltProgram
    package let tally: Tally

    /// What is tried with it.
    package static let useCases: [UseCase] = [.install, .update]

    package init(_ scenes: [Scene], _ program: BuiltProgram, _ tally: Tally) {
        self.scenes = scenes
        self.program = program
        self.tally = tally
    }

    private struct Point: Sendable {
        let scene: Scene
        let call: Int
        let error: Int32
    }

    package func run() async throws {
        var points: [Point] = []
        for scene in scenes {
            let report = try program.calls(of: scene)
            points += report.numbers(of: Self.interruptible).map { Point(scene: scene, call: $0, error: EINTR) }
            if scene.useCase == .update {
                points += report.calls.indices.map { Point(scene: scene, call: $0 + 1, error: ENOSPC) }
            }
        }
        try await forEachInParallel(points) { point in try strike(point) }
        tally.say("failed calls")
    }

    /// Whose manual pages name `EINTR`, of those that are counted.
    private static let interruptible: Set<String> = [
        "write", "writev", "pwrite64", "pwritev", "pwritev2", "open", "creat", "openat", "openat2", "fsync",
        "fdatasync", "syncfs", "ftruncate", "fallocate",
    ]

    private func strike(_ point: Point) throws {
        let scene = point.scene
        let place = try scene.template.duplicate()
        let run = try program.play(scene, in: place.path, .fail(point.call, point.error), more: ["--json"])
        var problems = try program.problems(of: scene, in: place, after: run.outcome.end)
        if point.error == EINTR && run.outcome.status != scene.useCase.status {
            problems.append("it ended with \(run.outcome.status) and said \(run.outcome.errors)")
        }
        let name = point.error == EINTR ? "EINTR" : "ENOSPC"
        tally.add(problems, at: "\(scene.useCase): \(name) at \(run.report.words(for: point.call))")
    }
}
