import Glibc
import HostModel
import Processes
import Synchronization
import TestSupport
import Testing

/// The gate, asked about servers on loopback. Its time passes only as a test says.
@Suite(.timeLimit(.minutes(5)))
struct HealthGateTests {
    private let clock = ManualClock()

    private func makeGate(
        _ probes: [HealthProbe], life: @escaping @Sendable () throws -> Pulse = alive,
        exec: @escaping @Sendable ([String], Duration) async throws -> ExecAnswer = { _, _ in .exited(status: 127) },
        cancellation: Cancellation = Cancellation()
    ) -> HealthGate {
        HealthGate(probes, life: life, exec: exec, clock: clock, cancellation: cancellation)
    }

    /// Runs a gate while its clock passes `moments`, each as soon as somebody sleeps until then.
    private func judge(
        on probes: HealthProbe..., passing moments: [Duration] = [],
        life: @escaping @Sendable () throws -> Pulse = alive,
        exec: @escaping @Sendable ([String], Duration) async throws -> ExecAnswer = { _, _ in .exited(status: 127) },
        cancellation: Cancellation = Cancellation()
    ) async throws -> HealthVerdict {
        let gate = makeGate(probes, life: life, exec: exec, cancellation: cancellation)
        let time = Task { [clock] in try await clock.pass(moments) }
        defer { time.cancel() }
        return try await gate.run()
    }

    /// Lends a server that gives its requests these answers, and the last one again and again.
    private func serving(_ answers: [TestServer.Step]..., body: (TestServer) async throws -> Void) async throws {
        let server = try TestServer { _, number in answers[min(number, answers.count - 1)] }
        defer { server.stop() }
        try await body(server)
    }

    /// A probe whose tries may take as long as they like, unless a test says otherwise.
    private func http(
        _ url: String, status: Int? = nil, bodyContains: String? = nil, within: Int = 36_000, timeout: Int = 3600,
        successes: Int = 1
    ) -> HealthProbe {
        HealthProbe(
            .http(url: url, status: status, bodyContains: bodyContains), within: .seconds(within),
            timeout: .seconds(timeout), successes: successes)
    }

    private static let bad = whole([], status: 500)
    private static let good = whole(Array("all is ready".utf8))

    // MARK: http

    @Test func `500 and then 200 is healthy`() async throws {
        try await serving(Self.bad, Self.bad, Self.good) { server in
            let verdict = try await judge(on: http(server.url("/healthz")), passing: [.seconds(1), .seconds(2)])
            #expect(verdict == .healthy(after: .seconds(2)))
            #expect(server.requests.map(\.target) == ["/healthz", "/healthz", "/healthz"])
        }
    }

    @Test func `never 200 is unhealthy, and the last answer is the reason`() async throws {
        try await serving(Self.bad, Self.bad, whole([], status: 503)) { server in
            let probe = http(server.url("/"), within: 3)
            let verdict = try await judge(on: probe, passing: [.seconds(1), .seconds(2)])
            #expect(verdict == .unhealthy(probe: probe, reason: "answered 503"))
            #expect(server.requests.count == 3)
        }
    }

    @Test(arguments: [(200, true), (204, true), (302, true), (399, true), (400, false), (404, false), (500, false)])
    func `200 to 399 is healthy where no status is named`(status: Int, isHealthy: Bool) async throws {
        try await serving(whole([], status: status)) { server in
            let probe = http(server.url("/"), within: 1)
            let expected: HealthVerdict =
                isHealthy ? .healthy(after: .zero) : .unhealthy(probe: probe, reason: "answered \(status)")
            let verdict = try await judge(on: probe)
            #expect(verdict == expected)
        }
    }

    @Test func `the status that is named is the only one`() async throws {
        try await serving(whole([], status: 404)) { server in
            let verdict1 = try await judge(on: http(server.url("/"), status: 404))
            #expect(verdict1 == .healthy(after: .zero))
            let probe = http(server.url("/"), status: 200, within: 1)
            let verdict2 = try await judge(on: probe)
            #expect(verdict2 == .unhealthy(probe: probe, reason: "answered 404"))
        }
    }

    @Test func `the body has what is looked for, or is no good`() async throws {
        try await serving(Self.good) { server in
            let verdict1 = try await judge(on: http(server.url("/"), bodyContains: "is ready"))
            #expect(verdict1 == .healthy(after: .zero))
            let probe = http(server.url("/"), bodyContains: "Ready", within: 1)
            let verdict2 = try await judge(on: probe)
            #expect(verdict2 == .unhealthy(probe: probe, reason: "answered 200 without 'Ready'"))
        }
    }

    @Test func `successes count in a row only`() async throws {
        try await serving(Self.good, Self.bad, Self.good, Self.good) { server in
            let verdict = try await judge(
                on: http(server.url("/"), successes: 2), passing: [.seconds(1), .seconds(2), .seconds(3)])
            #expect(verdict == .healthy(after: .seconds(3)))
            #expect(server.requests.count == 4)
        }
    }

    @Test func `a server that takes the connection and says nothing is unhealthy`() async throws {
        try await serving([.hold]) { server in
            let probe = http(server.url("/"), within: 6, timeout: 5)
            let verdict = try await judge(on: probe, passing: [.seconds(5)])
            #expect(verdict == .unhealthy(probe: probe, reason: "did not answer within 5 s"))
        }
    }

    @Test func `no other host is asked`() async throws {
        let page = http("http://192.0.2.1/")
        let port = HealthProbe(.tcp(host: "example.org", port: 80))
        for (probe, words) in [
            (page, "'http://192.0.2.1/' is no 'http:' address of this host"),
            (port, "'example.org:80' is no address of this host"),
        ] {
            let verdict = try await judge(on: probe)
            #expect(verdict == .unhealthy(probe: probe, reason: words))
        }
    }

    // MARK: tcp

    @Test func `a port that is refused and then open is healthy`() async throws {
        let socket = try LoopbackSocket()
        let gate = makeGate([HealthProbe(.tcp(host: "127.0.0.1", port: socket.port))])
        let time = Task { [clock] in
            try await clock.awaitSleeper(until: .seconds(1))
            try socket.listen()
            clock.advance(to: .seconds(1))
        }
        defer { time.cancel() }
        let verdict = try await gate.run()
        #expect(verdict == .healthy(after: .seconds(1)))
    }

    @Test func `a port that stays refused is unhealthy`() async throws {
        let socket = try LoopbackSocket()
        for host in ["127.0.0.1", "localhost"] {
            let probe = HealthProbe(.tcp(host: host, port: socket.port), within: .seconds(1))
            let verdict = try await judge(on: probe)
            #expect(verdict == .unhealthy(probe: probe, reason: "connection refused"))
        }
    }

    @Test(.enabled(if: LoopbackSocket.hasIPv6))
    func `localhost is asked at its IPv6 address where its IPv4 address refuses`() async throws {
        let socket = try LoopbackSocket(AF_INET6)
        try socket.listen()
        for host in ["localhost", "::1"] {
            let verdict = try await judge(on: HealthProbe(.tcp(host: host, port: socket.port)))
            #expect(verdict == .healthy(after: .zero))
        }
        let probe = HealthProbe(.tcp(host: "127.0.0.1", port: socket.port), within: .seconds(1))
        let verdict = try await judge(on: probe)
        #expect(verdict == .unhealthy(probe: probe, reason: "connection refused"))
    }

    @Test func `a port that takes no more connections is unhealthy`() async throws {
        let socket = try LoopbackSocket()
        try socket.listen(backlog: 0)
        let first = try await judge(on: HealthProbe(.tcp(host: "127.0.0.1", port: socket.port)))
        #expect(first == .healthy(after: .zero))
        // That connection still waits to be accepted, and there is no room for another.
        let probe = HealthProbe(.tcp(host: "127.0.0.1", port: socket.port), within: .seconds(6))
        let second = try await judge(on: probe, passing: [.seconds(5)])
        #expect(second == .unhealthy(probe: probe, reason: "did not answer within 5 s"))
    }

    // MARK: exec

    @Test func `a program that exits with 0 at last is healthy`() async throws {
        let program = CheckProgram([.exited(status: 1), .timedOut, .failed(reason: "no room"), .exited(status: 0)])
        let probe = HealthProbe(.exec(command: ["bin/check", "--all"]), timeout: .seconds(7))
        let verdict = try await judge(
            on: probe, passing: [.seconds(1), .seconds(2), .seconds(3)], exec: program.run)
        #expect(verdict == .healthy(after: .seconds(3)))
        #expect(program.commands == [[String]](repeating: ["bin/check", "--all"], count: 4))
        #expect(program.times == [Duration](repeating: .seconds(7), count: 4))
    }

    @Test(
        arguments: [
            (.exited(status: 3), "exited with status 3"), (.timedOut, "did not answer within 5 s"),
            (.failed(reason: "was killed by SIGSEGV"), "was killed by SIGSEGV"),
        ] as [(ExecAnswer, String)])
    func `a program that ends otherwise is unhealthy`(answer: ExecAnswer, reason: String) async throws {
        let probe = HealthProbe(.exec(command: ["bin/check"]), within: .seconds(5), interval: .seconds(5))
        let verdict = try await judge(on: probe, exec: { _, _ in answer })
        #expect(verdict == .unhealthy(probe: probe, reason: reason))
    }

    // MARK: The app's life

    private static let process = HealthProbe(.process(settle: .seconds(5)))

    @Test func `to live through the settling time is healthy`() async throws {
        let verdict = try await judge(on: Self.process, passing: [.seconds(5)])
        #expect(verdict == .healthy(after: .seconds(5)))
    }

    /// How the app does at some later look, and what the gate makes of it.
    static let ends: [(Pulse, String)] = [
        (Pulse(isAlive: false, restarts: 0, lastExit: "exited with status 3"), "the app ended: exited with status 3"),
        (Pulse(isAlive: false, restarts: 0, lastExit: nil), "the app ended"),
        (
            Pulse(isAlive: true, restarts: 1, lastExit: "was killed by SIGSEGV"),
            "the app ended and was started again: was killed by SIGSEGV"
        ),
    ]

    @Test(arguments: HealthGateTests.ends)
    func `an app that ends is unhealthy at once, whatever its probes say`(end: Pulse, reason: String) async throws {
        try await serving([.hold]) { server in
            let patient = Patient(after: 2, end)
            let verdict = try await judge(
                on: http(server.url("/")), passing: [.milliseconds(100), .milliseconds(200)], life: patient.look)
            #expect(verdict == .unhealthy(probe: HealthProbe(.process(settle: .zero)), reason: reason))
        }
    }

    @Test(arguments: HealthGateTests.ends)
    func `an app is looked at once more when its probes have passed`(end: Pulse, reason: String) async throws {
        try await serving(Self.good) { server in
            let patient = Patient(after: 1, end)
            let verdict = try await judge(on: http(server.url("/")), life: patient.look)
            #expect(verdict == .unhealthy(probe: HealthProbe(.process(settle: .zero)), reason: reason))
        }
    }

    @Test func `that the app ended says more than that its port is closed`() async throws {
        let socket = try LoopbackSocket()
        let probe = HealthProbe(.tcp(host: "127.0.0.1", port: socket.port), within: .seconds(1))
        let patient = Patient(after: 1, Pulse(isAlive: false, restarts: 0, lastExit: "exited with status 1"))
        let verdict = try await judge(on: probe, Self.process, life: patient.look)
        #expect(verdict == .unhealthy(probe: Self.process, reason: "the app ended: exited with status 1"))
    }

    @Test func `an app that is dead at the beginning is unhealthy`() async throws {
        let dead = Pulse(isAlive: false, restarts: 0, lastExit: "exited with status 1")
        let verdict = try await judge(on: Self.process, life: { dead })
        #expect(verdict == .unhealthy(probe: Self.process, reason: "the app ended: exited with status 1"))
    }

    @Test func `restarts before the gate do not count`() async throws {
        let lame = Pulse(isAlive: true, restarts: 2, lastExit: "exited with status 1")
        let verdict = try await judge(on: Self.process, passing: [.seconds(5)], life: { lame })
        #expect(verdict == .healthy(after: .seconds(5)))
    }

    @Test func `without probes an app that lives is healthy`() async throws {
        let verdict1 = try await judge()
        #expect(verdict1 == .healthy(after: .zero))
        let verdict2 = try await judge(life: { Pulse(isAlive: false, restarts: 0, lastExit: nil) })
        #expect(verdict2 != .healthy(after: .zero))
    }

    // MARK: Several probes, and the end

    @Test func `all probes are asked at the same time`() async throws {
        try await serving(Self.bad, Self.good) { server in
            let gate = makeGate([Self.process, http(server.url("/"))])
            let time = Task { [clock] in
                try await clock.awaitSleeper(until: .seconds(5))
                try await clock.pass([.seconds(1), .seconds(5)])
            }
            defer { time.cancel() }
            let verdict = try await gate.run()
            #expect(verdict == .healthy(after: .seconds(5)))
        }
    }

    @Test func `the first that fails ends it`() async throws {
        try await serving(Self.bad) { server in
            let probe = http(server.url("/"), within: 1)
            let verdict = try await judge(on: Self.process, probe)
            #expect(verdict == .unhealthy(probe: probe, reason: "answered 500"))
        }
    }

    @Test func `it stops where that was asked for`() async throws {
        let cancellation = Cancellation()
        cancellation.cancel()
        await #expect(throws: Interrupted.self) {
            try await judge(on: Self.process, cancellation: cancellation)
        }
    }

    @Test func `it stops where that is asked for while it waits`() async throws {
        try await serving([.hold]) { server in
            let cancellation = Cancellation()
            let gate = makeGate([http(server.url("/"))], cancellation: cancellation)
            let time = Task { [clock] in
                try await clock.awaitSleeper(until: .milliseconds(100))
                cancellation.cancel()
                clock.advance(to: .milliseconds(100))
            }
            defer { time.cancel() }
            await #expect(throws: Interrupted.self) { try await gate.run() }
        }
    }

    @Test func `it ends with its task`() async throws {
        try await serving([.hold]) { server in
            let probe = http(server.url("/"))
            let task = Task { try await judge(on: probe, Self.process) }
            task.cancel()
            await #expect(throws: Interrupted.self) { try await task.value }
        }
    }

    @Test func `what the look at the app fails with comes out`() async throws {
        await #expect(throws: TestDiskError.self) {
            try await judge(
                on: Self.process, life: { throw TestDiskError(call: "open", path: "run.json", errno: EACCES) })
        }
    }
}

/// Of an app that lives, and was never started again.
@Sendable private func alive() -> Pulse { Pulse(isAlive: true, restarts: 0, lastExit: nil) }

/// An app that lives for some looks at it, and then does otherwise.
private final class Patient: Sendable {
    private let looks: Int
    private let end: Pulse
    private let seen = Atomic<Int>(0)

    init(after looks: Int, _ end: Pulse) {
        self.looks = looks
        self.end = end
    }

    @Sendable func look() -> Pulse {
        seen.add(1, ordering: .relaxed).newValue <= looks ? alive() : end
    }
}

/// A program that ends as it is told to, one time after the other.
private final class CheckProgram: Sendable {
    private struct Call {
        let command: [String]
        let time: Duration
    }

    private let answers: [ExecAnswer]
    private let calls = Mutex<[Call]>([])

    init(_ answers: [ExecAnswer]) { self.answers = answers }

    var commands: [[String]] { calls.withLock { $0.map { $0.command } } }
    var times: [Duration] { calls.withLock { $0.map { $0.time } } }

    @Sendable func run(_ command: [String], _ time: Duration) async -> ExecAnswer {
        calls.withLock { calls in
            calls.append(Call(command: command, time: time))
            return answers[calls.count - 1]
        }
    }
}

/// A TCP socket of this host with a port of its own, which refuses connections until it listens.
private final class LoopbackSocket: Sendable {
    let port: Int
    private let descriptor: Int32

    static let hasIPv6 = (try? LoopbackSocket(AF_INET6)) != nil

    init(_ family: Int32 = AF_INET) throws {
        let opened = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard opened >= 0 else { throw TestDiskError(call: "socket", path: "loopback", errno: errno) }
        descriptor = opened
        let bound: Int?
        if family == AF_INET6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            inet_pton(AF_INET6, "::1", &address.sin6_addr)
            bound = Self.bind(opened, to: address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            bound = Self.bind(opened, to: address)
        }
        port = bound ?? 0
        if bound == nil { throw TestDiskError(call: "bind", path: "loopback", errno: errno) }
    }

    /// - Returns: the port that the kernel chose.
    private static func bind<Address>(_ descriptor: Int32, to address: Address) -> Int? {
        var address = address
        var size = socklen_t(MemoryLayout<Address>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Int? in
                guard Glibc.bind(descriptor, pointer, size) == 0, getsockname(descriptor, pointer, &size) == 0 else {
                    return nil
                }
                // It stands at the same place in the addresses of both families.
                return Int(UInt16(bigEndian: UnsafeRawPointer(pointer).load(fromByteOffset: 2, as: UInt16.self)))
            }
        }
    }

    deinit { close(descriptor) }

    func listen(backlog: Int32 = 16) throws {
        guard Glibc.listen(descriptor, backlog) == 0 else {
            throw TestDiskError(call: "listen", path: "loopback", errno: errno)
        }
    }
}
