import DiskIO
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// Every mutating operation of the engine, with every one of its calls failing or being its last, and the invariants A–G
/// of `architecture.md` 7 after the recovery that follows. What a power cut does to unsynced data is not tried here.
struct SwapFaultTests {
    typealias Effect = FaultyFileSystem.Fault.Effect

    /// `make faults` tries every error.
    static let effects: [Effect] = [.once(.ioError), .fromThenOn(.noSpace), .kill]

    /// More would only bury the first.
    private static let problemLimit = 10

    @Test(arguments: Change.allCases, SwapFaultTests.effects)
    func `whatever fails, what is there is what was before or what comes after, and the error says which`(
        change: Change, effect: Effect
    ) async throws {
        let scene = try await Scene(change)
        var problems: [String] = []
        var call = 1
        while problems.count < Self.problemLimit {
            let place = try scene.template.duplicate()
            let files = FaultyFileSystem(at: call, effect)
            var end = await scene.attempt(in: place, files)
            if effect == .kill && files.hasStruck { end = .dead }
            problems += scene.problems(in: place, after: end).map { "call \(call): \($0)" }
            guard files.hasStruck else { break }
            call += 1
        }
        #expect(problems == [])
        #expect(call > 10)
    }

    static let recovered: [Change] = [
        .update, .stageAgain, .rollbackToOlder, .undo, .undoRollback, .confirm, .uninstall, .replaceSecret,
    ]

    @Test(arguments: SwapFaultTests.recovered)
    func `recovery may itself be stopped at any call`(change: Change) async throws {
        let scene = try await Scene(change)
        var problems: [String] = []
        var rounds = 0
        // Of what dies while it is staging, little is left to recover.
        var call = change.stages ? Scene.stagingCalls : 1
        while problems.count < Self.problemLimit {
            let dead = try scene.template.duplicate()
            let files = FaultyFileSystem(at: call, .kill)
            _ = await scene.attempt(in: dead, files)
            guard files.hasStruck else { break }
            var recoveryCall = 1
            while true {
                let place = try dead.duplicate()
                let faulty = FaultyFileSystem(at: recoveryCall, .kill)
                let hasStruck = try isStopped(in: place, faulty)
                problems += scene.problems(in: place, after: .dead).map { "call \(call), \(recoveryCall): \($0)" }
                rounds += 1
                guard hasStruck else { break }
                recoveryCall += 1
            }
            call += 1
        }
        #expect(problems == [])
        #expect(rounds > 100)
    }

    /// Recovers once, on a disk on which that goes wrong.
    private func isStopped(in place: TemporaryDirectory, _ files: FaultyFileSystem) throws -> Bool {
        _ = try Bench(in: place, files: files).engine.recover()
        return files.hasStruck
    }

    @Test(arguments: Change.allCases)
    func `short writes change nothing`(change: Change) async throws {
        let scene = try await Scene(change)
        let place = try scene.template.duplicate()
        let end = await scene.attempt(in: place, FaultyFileSystem(longestWrite: 7))
        #expect(scene.problems(in: place, after: end) == [])
        #expect(try Shape(of: place) == scene.after.first)
    }

    @Test func `the number of calls that staging takes is known`() throws {
        let files = FaultyFileSystem()
        try stage(with: files)
        #expect(files.calls == Scene.stagingCalls)
    }

    private func stage(with files: any FileSystem) throws {
        let bundle = try Bench(in: Bench().place, files: files).candidate(.a)
        drop(bundle)
    }

    private func drop(_ bundle: consuming StagedBundle) {}
}
