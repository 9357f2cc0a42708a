import Glibc
import HostModel
import Logging
import Server
import TestSupport
import Testing

/// What the server tells systemd and its log.
struct TellingTests {
    @Test(arguments: [false, true])
    func `systemd is told in its own words`(isAbstract: Bool) throws {
        let place = try TemporaryDirectory()
        let name = isAbstract ? "@apphost-test-\(UInt64.random(in: 0...UInt64.max))" : place.path + "/notify"
        let descriptor = try isAbstract ? abstract(name) : UnixAddress.bound(name, kind: SOCK_DGRAM)
        defer { close(descriptor) }
        let notifier = try #require(SystemdNotifier(environment: { $0 == "NOTIFY_SOCKET" ? name : nil }))
        notifier.tell(.ready(status: "listening"))
        notifier.tell(.alive)
        notifier.tell(.stopping)
        let words = (0..<3).map { _ in received(descriptor) }
        #expect(words == ["READY=1\nSTATUS=listening", "WATCHDOG=1", "STOPPING=1\nSTATUS=stopping"])
    }

    @Test(
        arguments: [
            ([:], nil), (["NOTIFY_SOCKET": "/x"], nil), (["NOTIFY_SOCKET": "relative", "WATCHDOG_USEC": "2000"], nil),
            (["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "2000"], .milliseconds(1)),
            (["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "2000", "WATCHDOG_PID": "1"], nil),
            (["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "no"], nil),
        ] as [([String: String], Duration?)])
    func `systemd is told that the server lives where it asks for it`(
        environment: [String: String], expected: Duration?
    ) {
        #expect(SystemdNotifier(environment: { environment[$0] })?.heartbeat == expected)
    }

    @Test func `a line of the log cannot be two, and no word another`() {
        let event = LogEvent(
            level: .info, message: "request", metadata: ["route": "/a b", "evil": "x\nlevel=error \"y\"", "n": "1"],
            source: "test", file: "f", function: "f", line: 1)
        let now = { @Sendable in Timestamp(seconds: 1_777_629_600) }
        let words = LogLines(.words, level: .info, now: now).line(event)
        let evil = #"evil="x\\u{a}level=error \"y\"""#
        #expect(words == "at=2026-05-01T10:00:00Z level=info message=request \(evil) n=1 route=\"/a b\"\n")
        let object = LogLines(.json, level: .info, now: now).line(event)
        #expect(
            object == #"{"at":"2026-05-01T10:00:00Z","level":"info","message":"request","#
                + #""evil":"x\\u{a}level=error \"y\"","n":"1","route":"/a b"}"# + "\n")
    }

    private func abstract(_ name: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = UnixAddress.of(name)
        address.sun_path.0 = 0
        let size = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard result == 0 else { throw TestBroken(doing: "bind \(name)") }
        return descriptor
    }

    private func received(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}

struct HTTPDateTests {
    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_777_629_600, "Fri, 01 May 2026 10:00:00 GMT"),
        ] as [(Int64, String)])
    func `a moment is written as HTTP wants it`(seconds: Int64, expected: String) {
        #expect(HTTPDate.text(Timestamp(seconds: seconds)) == expected)
    }
}

struct PrometheusTextTests {
    @Test func `labels and help are escaped as the format wants it`() {
        var text = PrometheusText()
        text.add("a_total", .counter, "one\\two\nthree", [.init(3, [(name: "x", value: "a\"b\\c\nd")]), .init(-1)])
        #expect(
            text.text == """
                # HELP a_total one\\\\two\\nthree
                # TYPE a_total counter
                a_total{x="a\\"b\\\\c\\nd"} 3
                a_total -1

                """)
    }
}
