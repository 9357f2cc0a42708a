import TestSupport

/// The power is cut before every call of every use case, on a real file system: the program runs on a disk in a file,
/// which is copied while everything stands still; then the kernel mounts the copy, the next command recovers it, and it
/// is judged.
///
/// The disk is never written but where the program flushes it or the journal is full, so what was not flushed is lost.
package struct PowerCutOnDisk: Sendable {
    package let scenes: [Scene]
    package let program: BuiltProgram
    package let tools: DiskTools
    package let tally: Tally
    private let step: Int
    private let preload: String?

    /// What is tried without flushes.
    package static let useCasesWithoutFlushes: [UseCase] = [.install, .update, .rollback]

    /// - Parameters:
    ///   - scenes: those of small disks.
    ///   - step: only every so many-th call is tried: 1 tries all. The end is always.
    ///   - preload: a library that the program is loaded with, such as one that takes its flushes away.
    package init(
        _ scenes: [Scene], _ program: BuiltProgram, _ tools: DiskTools, _ tally: Tally, step: Int = 1,
        preload: String? = nil
    ) {
        self.scenes = scenes
        self.program = program
        self.tools = tools
        self.tally = tally
        self.step = step
        self.preload = preload
    }

    package func run() async throws {
        try await forEachInTwoLanes(scenes) { scene in try cut(scene) }
        tally.say("power cuts on a disk")
    }

    /// That there was no copy of the disk after the end, so the run did not come to its end.
    struct Uncut: Error {
        let useCase: UseCase
        let outcome: Command.Outcome
    }

    private func cut(_ scene: Scene) throws {
        let place = try TemporaryDirectory()
        try place.makeDirectory("cuts")
        let image = try LoopImage.make(at: "\(place.path)/disk.img", holding: scene.template.path, tools)
        let run = try image.mounted("loop,noatime,commit=300") { disk -> BuiltProgram.Injected in
            try place.write(script(copying: image, of: disk, to: "\(place.path)/cuts"), to: "hook.sh", mode: 0o755)
            return try program.play(scene, in: disk.path, .each(hook: "\(place.path)/hook.sh"), preload: preload)
        }
        guard place.exists("cuts/end.img") else { throw Uncut(useCase: scene.useCase, outcome: run.outcome) }
        let calls = place.names("cuts").compactMap { Int($0.dropLast(".img".count)) }.sorted()
        for call in calls {
            try judge("\(call)", in: place, of: scene, after: .dead, at: "before \(run.report.words(for: call))")
        }
        try judge("end", in: place, of: scene, after: .exited(run.outcome.status, state: nil), at: "after the end")
    }

    private func judge(
        _ name: String, in place: TemporaryDirectory, of scene: Scene, after end: Scene.End, at point: String
    ) throws {
        let image = LoopImage(path: "\(place.path)/cuts/\(name).img", tools: tools)
        let problems = try image.mounted { disk in try program.problems(of: scene, on: disk, after: end) }
        try place.remove("cuts/\(name).img")
        tally.add(problems, at: "\(scene.useCase): power cut \(point)")
    }

    /// Copies the disk as it is. A copy during which something was written, or was under way, would be one that no
    /// power cut leaves, and is made again. The ninth number of the kernel is what is under way.
    private func script(copying image: LoopImage, of disk: MountedImage, to cuts: String) -> String {
        let copy = "\(shellWord(tools.copy)) --sparse=always \(shellWord(image.path))"
        return """
            #!/bin/sh
            if [ "$1" != end ] && [ $(($1 % \(step))) -ne 0 ]; then exit 0; fi
            tries=0
            while [ "$tries" -lt 100 ]; do
                read -r before < \(disk.statistics)
                \(copy) \(shellWord(cuts))/"$1.img" || exit 1
                read -r after < \(disk.statistics)
                set -- "$1" $after
                if [ "$before" = "$after" ] && [ "${10}" = 0 ]; then exit 0; fi
                tries=$((tries + 1))
            done
            exit 1

            """
    }
}
