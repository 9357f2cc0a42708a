import TestSupport

/// A server is killed before every call of what it is asked to do. The next command puts that in order, or the next
/// server.
package struct ServerKillSweep: Sendable {
    private let scenes: [Scene]
    private let program: BuiltProgram
    private let tally: Tally
    private let isSubset: Bool

    /// What is tried with it.
    package static let useCases: [UseCase] = [.install, .stage, .update, .apply, .rollback, .uninstall]
    /// The same where time is short.
    package static let subset: [UseCase] = [.update, .uninstall]

    /// - Parameters:
    ///   - scenes: of ``BuiltProgram/servedScene(_:_:)``.
    ///   - isSubset: whether only a few points of each scene are tried.
    package init(_ scenes: [Scene], _ program: BuiltProgram, _ tally: Tally, isSubset: Bool) {
        self.scenes = scenes
        self.program = program
        self.tally = tally
        self.isSubset = isSubset
    }

    private struct Point: Sendable {
        let scene: Scene
        let request: ServerRequest
        let call: Int
    }

    /// In the subset, of each scene.
    private static let fewPoints = 5

    package func run() async throws {
        var points: [Point] = []
        var ends: [Point] = []
        for scene in scenes {
            guard let request = scene.useCase.request(scene.workshop) else { continue }
            let report = try calls(of: scene, request)
            // The start of a server is the same for all of them, and tried once.
            let first = points.isEmpty && !isSubset ? 1 : Self.firstCall(of: report)
            let count = report.calls.count
            // Odd, so that what recovers is not of one kind.
            let step = isSubset ? max(1, (count - first) / Self.fewPoints) | 1 : 1
            points += stride(from: first, through: count, by: step).map { call in
                Point(scene: scene, request: request, call: call)
            }
            ends.append(Point(scene: scene, request: request, call: count + 1))
        }
        try await forEachInParallel(points) { point in _ = try strike(point) }
        if !isSubset {
            // A run whose threads came in another order may have more calls than the one that was counted.
            try await forEachInParallel(ends) { end in
                var point = end
                while try strike(point) {
                    point = Point(scene: point.scene, request: point.request, call: point.call + 1)
                }
            }
        }
        tally.say("servers killed")
    }

    /// What is counted where nothing happens, from the start of the server to its end.
    private func calls(of scene: Scene, _ request: ServerRequest) throws -> CallReport {
        let place = try scene.template.duplicate()
        let (answer, run) = try program.serve(request, in: place.path, .count)
        guard answer?.isDone == true, run.outcome.status == 0 else {
            throw BuiltProgram.Unplayable(what: "\(scene.useCase), served", outcome: run.outcome)
        }
        return run.report
    }

    /// The first call for the request: that it is allowed is written down before anything is done.
    private static func firstCall(of report: CallReport) -> Int {
        1 + (report.calls.firstIndex { $0.contains("root/audit.jsonl") } ?? 0)
    }

    /// - Returns: whether there was such a call.
    private func strike(_ point: Point) throws -> Bool {
        let scene = point.scene
        let place = try scene.template.duplicate()
        let (answer, run) = try program.serve(point.request, in: place.path, .kill(point.call))
        var problems: [String] = []
        if let answer, !answer.isDone { problems.append("E: the server said \(answer.text)") }
        if !run.isKilled, answer == nil || run.outcome.status != 0 {
            problems.append("E: the server ended with \(run.outcome.status) and said \(run.outcome.errors)")
        }
        // What was answered counts, also where the server was killed after it.
        let isByServer = point.call.isMultiple(of: 2)
        problems += try scene.problems(
            after: answer?.isDone == true ? .done : .dead, read: { try program.snapshotWithoutServer(place) },
            recover: { try isByServer ? program.recoverServing(in: place.path) : program.recover(in: place.path) },
            look: { try program.look(in: place.path) })
        problems += try problemsOfAccount(point, in: place)
        let next = isByServer ? "server" : "command"
        tally.add(
            problems,
            at: "\(scene.useCase), served: killed before \(run.report.words(for: point.call)), then a \(next)")
        return run.isKilled
    }

    /// O: nothing was done that the account does not have.
    private func problemsOfAccount(_ point: Point, in place: TemporaryDirectory) throws -> [String] {
        let view = View(try program.snapshotWithoutServer(place), point.scene.workshop)
        if view.slots == point.scene.before.slots { return [] }
        let lines = (place.text("root/audit.jsonl") ?? "").split(separator: "\n")
        let isThere = lines.contains { line in point.request.account.allSatisfy { line.contains($0) } }
        return isThere ? [] : ["O: done, and not in the account: \(lines)"]
    }
}
