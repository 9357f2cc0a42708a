import DiskIO
import HostModel
import Hosting
import TestSupport

/// The same update and rollback thousands of times in one process, which must hold no more for it in the end: in memory, in
/// descriptors and on the disk.
package struct Cycles: Sendable {
    private let workshop: Workshop
    private let tally: Tally
    private let count: Int

    /// After so many everything has its size: caches, arenas and directories.
    private static let warmUp = 500
    /// In KiB.
    private static let memoryLimit = 2 << 10
    /// Bytes of one history file: where it is begun anew, and one more line.
    private static let historyLimit = (1 << 20) + (64 << 10)

    package init(_ workshop: Workshop, _ tally: Tally, count: Int) {
        self.workshop = workshop
        self.tally = tally
        self.count = count
    }

    package func run() async throws {
        if count <= 0 { return }
        let place = try TemporaryDirectory()
        let root = place.path + "/root"
        let trial = Trial(place: place, workshop: workshop, files: LinuxFileSystem())
        try trial.trust("notes")
        try await trial.install(.first)
        let warmUp = max(1, min(Self.warmUp, count / 2))
        for _ in 0..<warmUp { try await cycle(trial) }
        let before = try await measure(root)
        for _ in warmUp..<count { try await cycle(trial) }
        let after = try await measure(root)
        let unsound = try trial.host.verify([Trial.notes], allSlots: true, options: ChangeOptions())
            .filter { !$0.isSound }.map { "\($0.slot)/ is not sound: \($0.problems)" }
        tally.add(Self.growth(before, after) + unsound, at: "\(count) cycles")
        tally.say("cycles")
    }

    private func cycle(_ trial: Trial) async throws {
        let updated = try await trial.host.update(
            Trial.notes, from: workshop.archive(.second), onlyStage: false,
            options: ChangeOptions(accepted: [.knownBad]))
        let returned = try await trial.host.rollback(Trial.notes, to: nil, options: ChangeOptions())
        let isDone = updated.outcome == .done && returned.outcome == .done
        tally.add(isDone ? [] : ["\(updated.message); \(returned.message)"], at: "a cycle")
    }

    /// Once the threads of the last operation had time to end.
    private func measure(_ root: String) async throws -> Consumption {
        try await Task.sleep(for: .milliseconds(500))
        return try Consumption(ofRoot: root)
    }

    private static func growth(_ before: Consumption, _ after: Consumption) -> [String] {
        var problems: [String] = []
        func expect(_ holds: Bool, _ what: String, _ first: Int, _ last: Int) {
            if !holds { problems.append("\(what): \(first), and in the end \(last)") }
        }
        expect(
            after.descriptors == before.descriptors, "open descriptors", before.descriptors, after.descriptors)
        expect(after.memory <= before.memory + memoryLimit, "KiB of memory", before.memory, after.memory)
        expect(after.blocks == before.blocks, "blocks on the disk", before.blocks, after.blocks)
        expect(after.names == before.names, "names on the disk", before.names, after.names)
        expect(after.record <= before.record, "bytes of the record", before.record, after.record)
        expect(after.history <= historyLimit, "bytes of the history", before.history, after.history)
        return problems
    }
}
