import Glibc
import HostModel
import TestSupport

/// A disk that is really full: on a small one so much is taken that a use case just does not fit, or just does; and all
/// that is left is taken in the middle of it, because an update looks for room before it begins.
///
/// Recovery has to do with the disk as full as it is, and with room again the same command has to succeed.
package struct FullDisk: Sendable {
    package let scenes: [Scene]
    package let program: BuiltProgram
    package let tools: DiskTools
    package let tally: Tally
    private let isSubset: Bool

    /// What is tried with it.
    package static let useCases: [UseCase] = [
        .install, .update, .stage, .rollback, .catalogAdd, .catalogRefreshInBins, .installFromCatalog,
    ]

    /// Of these what is tried where time is short.
    package static let subset: [UseCase] = [.install, .update, .stage, .rollback]

    /// - Parameters:
    ///   - scenes: those of small disks.
    ///   - isSubset: whether each is only tried without any room, and with one block too little.
    package init(
        _ scenes: [Scene], _ program: BuiltProgram, _ tools: DiskTools, _ tally: Tally, isSubset: Bool
    ) {
        self.scenes = scenes
        self.program = program
        self.tools = tools
        self.tally = tally
        self.isSubset = isSubset
    }

    package func run() async throws {
        try await forEachInTwoLanes(scenes) { scene in
            let place = try TemporaryDirectory()
            let image = try LoopImage.make(at: "\(place.path)/disk.img", holding: scene.template.path, tools)
            let fit = try leastRoom(for: scene, on: image)
            for blocks in amounts(around: fit) { try tryWith(blocks, for: scene, on: image) }
            guard !isSubset else { return }
            var call = 1
            while try fill(before: call, of: scene, on: image, place, leaving: fit + 16) { call += 1 }
        }
        tally.say("full disk")
    }

    // MARK: From the beginning

    /// The fewest blocks with which it succeeds.
    private func leastRoom(for scene: Scene, on image: LoopImage) throws -> Int {
        var low = 0
        var high = LoopImage.size / 4 / 1024
        while low < high {
            let middle = (low + high) / 2
            let fits = try image.copied { copy -> Bool in
                try copy.mounted { disk -> Bool in
                    _ = try Ballast(on: disk, leaving: middle)
                    return try program.play(scene, in: disk.path).status == scene.useCase.status
                }
            }
            if fits { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func amounts(around fit: Int) -> [Int] {
        let amounts = isSubset ? [0, fit - 1] : [0, 1, 2, 4] + Array((fit - 24)...(fit + 8))
        return Set(amounts).filter { $0 >= 0 }.sorted()
    }

    private func tryWith(_ blocks: Int, for scene: Scene, on image: LoopImage) throws {
        let problems = try image.copied { copy -> [String] in
            try copy.mounted { disk -> [String] in
                let ballast = try Ballast(on: disk, leaving: blocks)
                let outcome = try program.play(scene, in: disk.path, more: ["--json"])
                return try self.problems(of: scene, on: disk, after: outcome, ballast)
            }
        }
        tally.add(problems, at: "\(scene.useCase): with \(blocks) free blocks")
    }

    // MARK: In the middle

    /// - Returns: whether there was such a call.
    private func fill(
        before call: Int, of scene: Scene, on image: LoopImage, _ place: TemporaryDirectory, leaving blocks: Int
    ) throws -> Bool {
        try image.copied { copy -> Bool in
            try copy.mounted { disk -> Bool in
                let ballast = try Ballast(on: disk, leaving: blocks)
                try place.write(ballast.script(before: call), to: "hook.sh", mode: 0o755)
                let run = try program.play(
                    scene, in: disk.path, .each(hook: "\(place.path)/hook.sh"), more: ["--json"])
                guard call <= run.report.calls.count else { return false }
                var problems: [String] = []
                if run.outcome.failure?.code == FailureCode.swapUnsettled.rawValue {
                    problems += try whatIsUnsettled(scene, on: disk)
                    // What is left may need room for the history, and waits for it (`architecture.md` 3.1).
                    ballast.remove()
                }
                problems += try self.problems(
                    of: scene, on: disk, after: run.outcome, ballast, codes: [.diskFull, .swapUnsettled])
                tally.add(problems, at: "\(scene.useCase): full from \(run.report.words(for: call)) on")
                return true
            }
        }
    }

    /// What is wrong with the slots while there is no room to write that the swap is done. They do not wait for it.
    private func whatIsUnsettled(_ scene: Scene, on disk: MountedImage) throws -> [String] {
        _ = try program.recover(in: disk.path)
        let view = View(try disk.tree(), scene.workshop)
        return [scene.before.slots, scene.after.slots].contains(view.slots)
            ? [] : ["A, B, F: while it is full: \(view)"]
    }

    // MARK: Judging

    private func problems(
        of scene: Scene, on disk: MountedImage, after outcome: Command.Outcome, _ ballast: Ballast,
        codes: [FailureCode] = [.diskFull]
    ) throws -> [String] {
        var problems = try program.problems(of: scene, on: disk, after: outcome.end)
        ballast.remove()
        guard outcome.status != scene.useCase.status else { return problems }
        if !codes.contains(where: { $0.rawValue == outcome.failure?.code }) {
            problems.append("it ended with \(outcome.status) and said \(outcome.errors)")
        }
        guard View(try disk.tree(), scene.workshop).isLike(scene.before) else { return problems }
        let again = try program.play(scene, in: disk.path)
        let view = View(try disk.tree(), scene.workshop)
        if again.status != scene.useCase.status || !view.isLike(scene.after) {
            problems.append("with room again it ended with \(again.status), \(again.errors) and \(view)")
        }
        return problems
    }
}

/// What takes the room of a disk.
private struct Ballast {
    private let path: String
    /// What is taken later.
    private var more: String { path + ".more" }

    private static let block = 1024

    struct Unsteady: Error {
        let wanted: Int
    }

    /// Takes all but so many blocks.
    init(on disk: MountedImage, leaving wanted: Int) throws {
        path = "\(disk.path)/ballast"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw TestDiskError(call: "open", path: path, errno: errno) }
        defer { close(file) }
        var size = 0
        // What maps the blocks may take some as well, so it is looked at again.
        for _ in 0..<50 {
            let free = try Self.freeBlocks(file, path)
            if free == wanted { return }
            if free > wanted {
                size += Self.grow(file, from: size, by: free - wanted)
            } else {
                size = max(0, size - (wanted - free))
                guard ftruncate(file, off_t(size * Self.block)) == 0 else {
                    throw TestDiskError(call: "ftruncate", path: path, errno: errno)
                }
            }
        }
        throw Unsteady(wanted: wanted)
    }

    func remove() {
        unlink(path)
        unlink(more)
    }

    /// Takes the rest before a call. One block at a time: of a larger write nothing may fit.
    func script(before call: Int) -> String {
        """
        #!/bin/sh
        [ "$1" = \(call) ] || exit 0
        dd if=/dev/zero of=\(shellWord(more)) bs=\(Self.block) conv=fsync 2> /dev/null
        exit 0

        """
    }

    /// Flushed, because what is only promised to a file is counted in another way than what it has.
    private static func freeBlocks(_ file: Int32, _ path: String) throws -> Int {
        var volume = statvfs()
        guard fsync(file) == 0, fstatvfs(file, &volume) == 0 else {
            throw TestDiskError(call: "fstatvfs", path: path, errno: errno)
        }
        return Int(volume.f_bavail)
    }

    /// - Returns: how many blocks it grew by, which are fewer where the map needs some.
    private static func grow(_ file: Int32, from size: Int, by blocks: Int) -> Int {
        for count in stride(from: blocks, to: 0, by: -1) {
            if posix_fallocate(file, off_t(size * block), off_t(count * block)) == 0 { return count }
        }
        return 0
    }
}
