import HostModel
import SystemPackage
import TestSupport

/// Every call of every use case fails, one at a time, with each error that it can meet: once, and from then on.
package struct ErrorSweep: Sendable {
    package let scenes: [Scene]
    package let tally: Tally
    /// Only every so many-th point is tried: 1 tries all.
    package let step: Int
    /// Whether the first violation ends it.
    private let stopsEarly: Bool

    package init(_ scenes: [Scene], _ tally: Tally, step: Int, stopsEarly: Bool = false) {
        self.stopsEarly = stopsEarly
        self.scenes = scenes
        self.tally = tally
        self.step = step
    }

    private struct Row: Sendable {
        let scene: Scene
        let error: Errno
        let stays: Bool
    }

    package func run() async throws {
        let rows = scenes.flatMap { scene in
            StruckFileSystem.errors.flatMap { error in
                [false, true].map { Row(scene: scene, error: error, stays: $0) }
            }
        }
        try await forEachInParallel(rows) { row in
            var point = 1
            while try await strike(row, at: point) { point += step }
        }
        try await forEachInParallel(scenes) { scene in
            for length in [1, 7, 4096] { try await writeShort(scene, length) }
        }
        tally.say("errors")
    }

    /// - Returns: whether there was such a point.
    private func strike(_ row: Row, at point: Int) async throws -> Bool {
        if stopsEarly && tally.violations > 0 { return false }
        let place = try row.scene.template.duplicate()
        let files = StruckFileSystem(row.error, at: point, stays: row.stays)
        let end = await row.scene.attempt(Trial(place: place, workshop: row.scene.workshop, files: files))
        guard files.hasStruck else { return false }
        var problems = row.stays ? [] : try inFlight(place, row.scene, after: end)
        problems += try row.scene.problems(in: place, after: end, mayBeDamaged: row.error == .ioError)
        problems += try await row.scene.problemsOfNext(in: place, step == 1 ? .all : .subset)
        tally.add(
            problems, at: "\(row.scene.useCase): \(row.error) at call \(point)\(row.stays ? " and after it" : "")")
        return true
    }

    /// Where only one call failed, whoever is told that nothing changed finds nothing in flight, even before recovery.
    private func inFlight(_ place: TemporaryDirectory, _ scene: Scene, after end: Scene.End) throws -> [String] {
        guard case .failed(let error) = end, (error as? any Failure)?.state == .unchanged else { return [] }
        let debris = View(try place.snapshot(), scene.workshop).debris
        let inFlight = debris.filter { $0 == "apps/notes/journal.json" || $0 == "apps/notes/backup" }
        return inFlight.isEmpty ? [] : ["C: said to be unchanged, and in flight: \(inFlight)"]
    }

    /// A write that takes a few bytes at a time is no error, and changes nothing.
    private func writeShort(_ scene: Scene, _ length: Int) async throws {
        let place = try scene.template.duplicate()
        let end = await scene.attempt(
            Trial(place: place, workshop: scene.workshop, files: FaultyFileSystem(longestWrite: length)))
        var problems = try scene.problems(in: place, after: end)
        if case .done = end {} else { problems.append("\(end)") }
        tally.add(problems, at: "\(scene.useCase): writes of \(length) bytes")
    }
}
