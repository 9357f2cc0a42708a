import ArgumentParser
import Glibc
import Reliability

struct CrashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crash",
        abstract: "Kill the built program at every call, cut its power, fill its disk, and fail its calls.",
        discussion: """
            Power cuts and full disks need root, loop devices and mkfs.ext4; apps that run need a place for temporary \
            files where programs can be executed. Elsewhere these parts are skipped. TMPDIR says where everything is \
            made; in memory it is a lot faster.
            """)

    @Option(help: ArgumentHelp("The built apphost.", valueName: "path"))
    var program: String

    @Option(help: ArgumentHelp("The built SyscallInjector.", valueName: "path"))
    var injector: String

    @Flag(help: "Only a bounded subset, for CI.")
    var subset = false

    @Option(parsing: .upToNextOption, help: "Only these use cases.")
    var only: [String] = []

    @Option(help: "How many violations are shown.")
    var show = 20

    @Flag(help: "Only cut the power of a program whose flushes do nothing, and expect that this is noticed.")
    var expectLoss = false

    @Option(
        help: ArgumentHelp(
            "A library that the program is loaded with where its power is cut, such as libeatmydata.so.",
            valueName: "library"))
    var preload: String?

    func validate() throws {
        for name in only where UseCase(rawValue: name) == nil && RunningCase(rawValue: name) == nil {
            throw ValidationError("'\(name)' is no use case.")
        }
    }

    func run() async throws {
        if subset { say("crash: a bounded subset") }
        let workshop = try Workshop()
        let built = try BuiltProgram(program, injector: injector)
        let tally = Tally("crash", isVerbose: true, shown: show)
        if expectLoss { return try await expectLosses(built, workshop, tally) }
        try await kill(built, workshop, tally)
        try await killServing(built, workshop, tally)
        try await killWhileRunning(built, tally)
        do {
            try await useDisks(DiskTools.find(), built, workshop, tally)
        } catch let missing as DiskTools.Missing {
            say("crash: power cuts and full disk skipped: \(missing.why)")
        }
        if !subset {
            let scenes = try await scenes(of: InterruptedCalls.useCases, workshop, built.scene)
            try await InterruptedCalls(scenes, built, tally).run()
        }
        say("crash: \(tally.points) points, \(tally.violations) lost")
        if tally.violations > 0 { throw ExitCode(1) }
    }

    private func kill(_ built: BuiltProgram, _ workshop: Workshop, _ tally: Tally) async throws {
        let wanted: [UseCase] = subset ? [.update, .apply, .rollback, .uninstall, .catalogRefresh] : UseCase.allCases
        let scenes = try await scenes(of: wanted, workshop, built.scene)
        let dead = try await KillSweep(scenes, built, tally, isSubset: subset).run()
        try await RecoveryKillSweep(dead, built, tally).run()
    }

    private func killServing(_ built: BuiltProgram, _ workshop: Workshop, _ tally: Tally) async throws {
        let wanted = subset ? ServerKillSweep.subset : ServerKillSweep.useCases
        let scenes = try await scenes(of: wanted, workshop, built.servedScene)
        try await ServerKillSweep(scenes, built, tally, isSubset: subset).run()
    }

    private func killWhileRunning(_ built: BuiltProgram, _ tally: Tally) async throws {
        let wanted = RunningCase.allCases.filter { only.isEmpty || only.contains($0.rawValue) }
        guard !wanted.isEmpty else { return }
        guard try RunningScene.canExecute() else {
            return say("crash: running apps skipped: no program can be executed where temporary files are made")
        }
        let workshop = try Workshop(launching: true)
        var scenes: [RunningScene] = []
        for useCase in wanted { scenes.append(try await RunningScene(useCase, workshop)) }
        try await RunningKillSweep(scenes, built, tally, isSubset: subset).run()
        try await RunningSupervisorKills(scenes, built, tally, isSubset: subset).run()
        try await RunningRaces(scenes, built, tally, isSubset: subset).run()
    }

    private func useDisks(
        _ tools: DiskTools, _ built: BuiltProgram, _ workshop: Workshop, _ tally: Tally
    ) async throws {
        let wanted: [UseCase] = subset ? [.update] : UseCase.allCases
        let cut = try await scenes(of: wanted, workshop, built.sceneOnSmallDisk)
        try await PowerCutOnDisk(cut, built, tools, tally, step: subset ? 8 : 1, preload: preload).run()
        let full = subset ? FullDisk.subset : FullDisk.useCases
        let filled = try await scenes(of: full, workshop, built.sceneOnSmallDisk)
        try await FullDisk(filled, built, tools, tally, isSubset: subset).run()
    }

    /// The trials themselves are on trial: a program that flushes nothing has to lose something.
    private func expectLosses(_ built: BuiltProgram, _ workshop: Workshop, _ tally: Tally) async throws {
        do {
            let tools = try DiskTools.find()
            let scenes = try await scenes(
                of: PowerCutOnDisk.useCasesWithoutFlushes, workshop, built.sceneOnSmallDisk)
            try await PowerCutOnDisk(scenes, built, tools, tally, preload: preload).run()
        } catch let missing as DiskTools.Missing {
            say("crash: power cuts skipped: \(missing.why)")
        }
        guard tally.violations > 0 else {
            say("crash: without flushes 0 of \(tally.points) points lost, so these trials would notice nothing")
            throw ExitCode(1)
        }
        say("crash: without flushes \(tally.violations) of \(tally.points) points lost, as they should")
    }

    /// The scenes of those use cases that are asked for and that the program has a verb for.
    private func scenes(
        of useCases: [UseCase], _ workshop: Workshop, _ make: (UseCase, Workshop) async throws -> Scene
    ) async throws -> [Scene] {
        var scenes: [Scene] = []
        for useCase in useCases where only.isEmpty || only.contains(useCase.rawValue) {
            guard useCase.arguments(workshop) != nil else { continue }
            scenes.append(try await make(useCase, workshop))
        }
        return scenes
    }

    private func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
