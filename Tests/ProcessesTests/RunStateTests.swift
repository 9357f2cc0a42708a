import DiskIO
import Glibc
import HostModel
import Processes
import TestSupport
import Testing

/// What a supervisor says of itself, there and back.
struct RunStateTests {
    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    private static let at = Timestamp(seconds: 1_777_629_600)

    static let phases: [RunState.Phase] = [
        .starting, .running, .restarting(at: at, attempt: 2), .stopping, .ended,
    ]

    private func state(_ phase: RunState.Phase = .running) throws -> RunState {
        RunState(
            run: try #require(RunID("00112233445566778899aabbccddeeff")),
            supervisor: ProcessIdentity(pid: 41, startTime: 7_000_000), phase: phase,
            main: ProcessIdentity(pid: 42, startTime: 7_000_001), version: "1.2.0",
            stage: "ffeeddccbbaa99887766554433221100", startedAt: Self.at, launchedAt: Self.at, restarts: 3,
            lastExit: ProcessExit(how: .signalled(SIGSEGV), at: Self.at), user: "nobody",
            group: "/sys/fs/cgroup/apphost-notes", tokenDigest: try #require(ContentDigest(bytes: [UInt8](0..<32))),
            stopSignal: "SIGTERM", stopTimeoutSeconds: 10)
    }

    @Test(arguments: RunStateTests.phases)
    func `a state is read as it was written`(phase: RunState.Phase) throws {
        let logs = try place.open()
        let state = try state(phase)
        try state.write(in: logs)
        #expect(try RunState.read(in: logs) == state)
    }

    @Test func `what is not known yet is read as it was written`() throws {
        let logs = try place.open()
        var state = try state(.starting)
        state.main = nil
        state.launchedAt = nil
        state.lastExit = nil
        state.user = nil
        state.group = nil
        try state.write(in: logs)
        #expect(try RunState.read(in: logs) == state)
    }

    @Test func `a state replaces the one before, for its owner alone to read`() throws {
        let logs = try place.open()
        try place.write("left by a kill", to: "run.json.new")
        try state(.running).write(in: logs)
        try state(.ended).write(in: logs)
        #expect(place.names() == ["run.json"])
        #expect(place.mode(of: "run.json") == 0o600)
        #expect(try RunState.read(in: logs)?.phase == .ended)
    }

    @Test func `where nothing was said there is no state`() throws {
        #expect(try RunState.read(in: place.open()) == nil)
    }

    @Test(arguments: ["", "{\"schema\":1,\"run\":\"0011", "\0\0\0\0"])
    func `what a power cut left of a state is none`(text: String) throws {
        try place.write(text, to: "run.json")
        #expect(try RunState.read(in: place.open()) == nil)
    }

    @Test(arguments: ["{}\n", "no JSON\n", "[]\n", "{\"schema\":1}\n"])
    func `anything else is damage`(text: String) throws {
        try place.write(text, to: "run.json")
        let error = #expect(throws: RecordError.self) { try RunState.read(in: place.open()) }
        #expect(error?.code == .recordUnreadable)
    }

    @Test func `a newer state needs a newer program`() throws {
        try place.write("{\"schema\":2}\n", to: "run.json")
        let error = #expect(throws: RecordError.self) { try RunState.read(in: place.open()) }
        #expect(error?.code == .needsNewerApphost)
    }

    @Test func `a restart without its time is damage`() throws {
        let text = try state(.running).json.text.replacing("\"running\"", with: "\"restarting\"")
        try place.write(text + "\n", to: "run.json")
        #expect(throws: RecordError.self) { try RunState.read(in: place.open()) }
    }

    @Test(
        arguments: [
            (0, "exited with status 0", false), (3 << 8, "exited with status 3", true),
            (SIGSEGV, "was killed by SIGSEGV", true), (SIGABRT | 0x80, "was killed by SIGABRT", true),
            (42, "was killed by signal 42", true),
        ] as [(Int32, String, Bool)])
    func `the end of a process is told in a sentence`(status: Int32, sentence: String, isFailure: Bool) {
        let exit = ProcessExit(waitStatus: status, at: Self.at)
        #expect(exit.sentence == sentence)
        #expect(exit.isFailure == isFailure)
    }

    @Test func `a run is named by 32 digits, and no two are alike`() {
        let run = RunID.random()
        #expect(RunID(run.text) == run)
        #expect(run != RunID.random())
        for text in ["", "0011", String(repeating: "g", count: 32), String(repeating: "A", count: 32)] {
            #expect(RunID(text) == nil)
        }
    }

    @Test func `signals have the names that manifests give them`() {
        #expect(SignalName.number("SIGTERM") == SIGTERM)
        #expect(SignalName.number("SIGNAL") == nil)
        #expect(SignalName.name(SIGKILL) == "SIGKILL")
        #expect(SignalName.name(42) == "signal 42")
    }
}
