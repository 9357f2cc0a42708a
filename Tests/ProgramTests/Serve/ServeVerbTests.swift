import Glibc
import HostModel
import TestSupport
import Testing

/// `apphost serve` as an operator and systemd meet it.
@Suite(.timeLimit(.minutes(20)))
struct ServeVerbTests {
    @Test func `the socket is for the owner alone, and says what the port says`() throws {
        let served = try ServingHost.withNotes()
        #expect(served.place.mode(of: "root/apphost.sock") == 0o600)
        let token = try served.token()
        for path in ["/apps", "/apps/notes", "/app-catalogs", "/settings", "/openapi.json"] {
            let (atSocket, atPort) = try (served.ask("GET", path), served.ask("GET", path, as: token))
            #expect(atSocket.status == 200, "\(path)")
            #expect(atSocket.text == atPort.text, "\(path)")
        }
    }

    @Test func `a second server is refused at once, and the first goes on`() throws {
        let served = try ServingHost(RunningHost())
        let begin = ContinuousClock.now
        let second = try served.host.run("serve --listen 127.0.0.1:0")
        let took = ContinuousClock.now - begin
        #expect(second.status == 75, "\(second.stderr)")
        #expect(second.code == "busy", "\(second.stderr)")
        // It waits for nothing; this is what a loaded machine takes to start a program.
        #expect(took < .seconds(10))
        #expect(try served.ask("GET", "/apps").status == 200)
        let outcome = try served.stop()
        #expect(outcome.status == 0, "\(outcome.stderr)")
        #expect(!served.place.exists("root/apphost.sock"))
        try served.restart()
        #expect(try served.ask("GET", "/apps").status == 200)
    }

    @Test func `systemd is told when it can be asked, and when it stops`() throws {
        let host = try RunningHost()
        let listener = try NotifySocket(at: host.place.path + "/notify")
        let served = try ServingHost(host, environment: ["NOTIFY_SOCKET": host.place.path + "/notify"])
        #expect(try listener.next().hasPrefix("READY=1\n"))
        #expect(try served.ask("GET", "/apps").status == 200)
        #expect(try served.stop().status == 0)
        #expect(try listener.next().hasPrefix("STOPPING=1\n"))
    }

    @Test func `H16 nothing is listened at but loopback`() throws {
        let served = try ServingHost(RunningHost())
        let own = Set(served.process.openFiles.filter { $0.hasPrefix("socket:") })
        let listening = ["net/tcp", "net/tcp6"].flatMap { name in
            served.process.text(name).split(separator: "\n").dropFirst().compactMap { line -> String? in
                // proc_pid_net(5): local address, state (0A listens), inode.
                let words = line.split(separator: " ")
                guard words.count > 9, words[3] == "0A", own.contains("socket:[\(words[9])]") else { return nil }
                return String(words[1])
            }
        }
        let port = String(served.port, radix: 16, uppercase: true)
        #expect(listening == ["0100007F:\(String(repeating: "0", count: 4 - port.count))\(port)"])
        let addresses = ["0.0.0.0:0", "192.0.2.1:8765", "[::]:0", "localhost:8765", "8765", "127.0.0.1", ""]
        for address in addresses {
            let refused = try served.host.run("serve --listen=\(address)")
            #expect(refused.status == 64, "\(address): \(refused.stderr)")
        }
    }

    @Test func `a port that is taken is told, and no socket is left`() throws {
        let host = try RunningHost()
        let other = try TestServer { _, _ in [] }
        defer { other.stop() }
        let refused = try host.run("serve --listen 127.0.0.1:\(other.port)")
        #expect(refused.status == 75, "\(refused.stderr)")
        #expect(refused.code == "busy", "\(refused.stderr)")
        #expect(!host.place.exists("root/apphost.sock"))
    }

    @Test func `the log is one line for each event, as words or as objects`() throws {
        for options in ["", "--json"] {
            let served = try ServingHost(RunningHost(), options: options)
            _ = try served.ask("GET", "/apps")
            let log = try served.stop().stderr
            let lines = log.split(separator: "\n")
            #expect(lines.count >= 3)
            for line in lines {
                if options.isEmpty {
                    let isLine = line.wholeMatch(of: /at=[0-9TZ:-]+ level=[a-z]+ message=.*/) != nil
                    #expect(isLine, "\(line)")
                } else {
                    let keys = try JSONValue(line: String(line)).keys
                    #expect(keys.starts(with: ["at", "level", "message"]), "\(line)")
                }
            }
            #expect(log.contains("listening") && log.contains("/api/v1/apps") && log.contains("stopped"))
        }
    }
}

/// Where a process tells that it is ready, as systemd listens.
private final class NotifySocket {
    private let descriptor: Int32

    init(at path: String) throws {
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(107)) }
        let isBound = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isBound else { throw TestBroken(doing: "bind \(path)", errno: errno) }
        var patience = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The next message, once it has come.
    func next() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw NeverCame(description: "a message to systemd") }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
