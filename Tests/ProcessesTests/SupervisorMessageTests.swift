import DiskIO
import HostModel
import Testing

@testable import Processes

/// What goes to a supervisor, and what comes back from it.
struct SupervisorMessageTests {
    static let events: [StartEvent] = [
        .locked, .lived,
        .failed(StartFailure(message: "'notes' did not live for one second: it exited with status 3", help: nil)),
        .failed(StartFailure(code: .diskFull, message: "cannot write\n\"it\"", help: "free some space")),
    ]

    @Test(arguments: SupervisorMessageTests.events)
    func `an event is one line, and is read as it was written`(event: StartEvent) throws {
        let line = event.line
        #expect(line.count(where: { $0 == UInt8(ascii: "\n") }) == 1)
        #expect(line.last == UInt8(ascii: "\n"))
        #expect(try StartEvent(line) == event)
    }

    @Test(
        arguments: [
            "", "{}", #"{"event":"born"}"#, #"{"event":"lived","code":"busy"}"#, #"{"event":"failed"}"#,
            #"{"event":"failed","code":"no_such_code","message":"m"}"#,
        ])
    func `any other line is no event`(line: String) {
        #expect(throws: RecordError.self) { try StartEvent(Array(line.utf8)) }
    }

    private func order() throws -> SupervisorOrder {
        SupervisorOrder(
            app: try #require(AppID("notes")), name: "Notes, the app", version: "1.2.0",
            stage: "00112233445566778899aabbccddeeff", run: .random(),
            tokenDigest: try #require(ContentDigest(bytes: [UInt8](repeating: 7, count: 32))),
            command: ["bin/notes", "--listen", ""],
            environment: [
                EnvironmentVariable(name: "HOME", value: Array("/data".utf8)),
                EnvironmentVariable(name: "NOTES_TOKEN", value: [0xFF, 0x0A, 0x22]),
                EnvironmentVariable(name: "NOTES_EMPTY", value: []),
            ],
            redactions: [[0xFF, 0x0A, 0x22]], stopSignal: "SIGINT", stopTimeoutSeconds: 10,
            restart: RestartRules(policy: .onFailure, maxAttempts: 3, backoffSeconds: 2),
            user: SystemUser(name: "nobody", number: 65_534, group: .max), dropsCapabilities: true,
            logBytes: 8 << 20, startedAt: Timestamp(seconds: 1_777_629_600))
    }

    @Test func `an order is read as it was written, whatever bytes a secret has`() throws {
        let order = try order()
        #expect(try SupervisorOrder.read(order.json.line) == order)
        var bare = order
        bare.user = nil
        bare.environment = []
        bare.redactions = []
        #expect(try SupervisorOrder.read(bare.json.line) == bare)
    }

    @Test func `an order without a command, or with an unknown signal, is refused`() throws {
        var empty = try order()
        empty.command = []
        #expect(throws: RecordError.self) { try SupervisorOrder.read(empty.json.line) }
        var odd = try order()
        odd.stopSignal = "SIGNAL"
        #expect(throws: RecordError.self) { try SupervisorOrder.read(odd.json.line) }
    }
}
