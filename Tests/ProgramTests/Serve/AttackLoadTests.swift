import Glibc
import HostModel
import TestSupport
import Testing

/// H19, H20, H31 to H33 and H40 to H42 of the attacks on an HTTP API: much at once, slowly, or twice.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct AttackLoadTests {
    private static let get = "GET /api/v1/apps HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// How many connections the server has open, and other sockets.
    private func sockets(of served: ServingHost) -> Int {
        served.process.openFiles.filter { $0.hasPrefix("socket:") }.count
    }

    @Test func `H19 and H20 who is slow is cut off, and keeps nobody waiting`() throws {
        let served = try ServingHost.withNotes()
        let token = try served.token()
        #expect(try served.ask("GET", "/apps", as: token).status == 200)
        let before = sockets(of: served)
        let head = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1:\(served.port)\r\n"
        let body =
            "POST /api/v1/apps/notes/hold HTTP/1.1\r\nHost: 127.0.0.1:\(served.port)\r\nContent-Length: 1000000\r\n\r\n"
        var talking: [Connection] = []
        for number in 0..<100 {
            let connection = try Connection(served.loopback)
            try connection.send(number.isMultiple(of: 2) ? head : body)
            talking.append(connection)
        }
        // Who asks for much and reads nothing of it.
        let hungry = try (0..<50).map { _ in
            let connection = try Connection(served.loopback, receiveBuffer: 2048)
            try connection.send(String(repeating: head + "\r\n", count: 100))
            return connection
        }
        let begin = ContinuousClock.now
        var answered = 0
        try eventually("nearly every slow connection is closed", within: 120) {
            #expect(try served.ask("GET", "/apps", as: token).status == 200)
            answered += 1
            // One byte of a head or a body is as good as nothing.
            for connection in talking { try connection.send("x") }
            // The one that was just answered may still be there.
            return sockets(of: served) <= before + 2
        }
        try eventually("every slow connection is closed") { sockets(of: served) <= before }
        #expect(answered > 10)
        #expect(ContinuousClock.now - begin > .seconds(5), "they were not let try")
        withExtendedLifetime(hungry) {}
        #expect(try served.ask("GET", "/apps").status == 200)
    }

    @Test func `H31 a thousand requests at once are answered one after the other`() throws {
        let served = try ServingHost.withNotes()
        let missing = "GET /api/v1/apps/nobody HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let connection = try Connection(served.socket)
        try connection.send(String(repeating: Self.get + missing, count: 500))
        for number in 0..<1000 {
            let reply = try #require(try connection.reply(), "\(number)")
            try #require(reply.status == (number.isMultiple(of: 2) ? 200 : 404), "\(number)")
        }
        connection.finishSending()
        #expect(try connection.rest() == [])
    }

    @Test func `H32 who asks nothing more is let go`() throws {
        let served = try ServingHost.withNotes()
        let connection = try Connection(served.socket)
        try connection.send(Self.get)
        #expect(try connection.reply()?.status == 200)
        // Returns when the server has closed it.
        #expect(try connection.rest() == [])
    }

    @Test func `H33 two thousand connections leave the operator's way in, and nothing behind`() throws {
        let host = try RunningHost()
        try host.prepareNotes()
        let served = try ServingHost(
            host, through: ["/bin/sh", "-c", #"ulimit -n 256 && exec "$0" "$@""#])
        let before = sockets(of: served)
        var waiting = 0
        for _ in 0..<8 {
            let crowd = (0..<250).compactMap { _ in NonblockingConnection(to: served.port) }
            waiting += crowd.count
            #expect(try served.ask("GET", "/apps").status == 200)
            #expect(sockets(of: served) < 256)
            withExtendedLifetime(crowd) {}
        }
        #expect(waiting == 2000)
        #expect(try served.loopback.ask("GET", "/api/v1/apps").status == 401)
        try eventually("the server lets go of them") { sockets(of: served) <= before }
        let updated = try served.perform("POST", "/apps/notes/update")
        #expect(updated.member("state")?.asString == "done", "\(updated.text)")
    }

    // MARK: Two at once

    @Test func `H40 of many updates of one app at once one wins`() throws {
        let served = try ServingHost.withNotes()
        let ids = try (0..<8).map { _ in try served.begin("POST", "/apps/notes/update") }
        let ended = try ids.map { try served.end(of: $0) }
        let results = ended.map { $0.member("result")?.member("results")?.elements.first?.member("result")?.asString }
        #expect(results.filter { $0 == "done" }.count == 1)
        for (operation, result) in zip(ended, results) where result != "done" && result != "unchanged" {
            #expect(operation.member("error")?.member("code")?.asString == "busy", "\(operation.text)")
            #expect(operation.member("error")?.member("status")?.asInteger == 409)
        }
        #expect(try served.host.version("notes") == "1.1.0")
        #expect(try served.host.rollbackVersion("notes") == "1.0.0")
        let history = try served.ask("GET", "/apps/notes/history").json().member("history")?.elements ?? []
        let done = history.filter {
            $0.member("kind")?.asString == "update" && $0.member("outcome")?.asString == "done"
        }
        #expect(done.count == 1)
    }

    @Test func `H40 while another changes an app, its change is refused with 409`() throws {
        let served = try ServingHost.withNotes()
        // Another update, as far as the server can tell.
        try served.place.makeDirectory("root/staging/notes")
        let other = open(served.place.path + "/root/staging/notes", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(other) }
        try #require(other >= 0 && flock(other, LOCK_EX | LOCK_NB) == 0)
        let refused = try served.perform("POST", "/apps/notes/update")
        #expect(refused.member("state")?.asString == "failed")
        #expect(refused.member("error")?.member("code")?.asString == "busy", "\(refused.text)")
        #expect(refused.member("error")?.member("status")?.asInteger == 409)
        #expect(refused.member("error")?.member("state")?.asString == "unchanged")
        try #require(flock(other, LOCK_UN) == 0)
        #expect(try served.perform("POST", "/apps/notes/update").member("state")?.asString == "done")
    }

    @Test func `what is read while an app is updated again and again is always of one state`() throws {
        let served = try ServingHost.withNotes()
        try served.host.must("update notes")
        for round in 0..<12 {
            let target = round.isMultiple(of: 2) ? "1.0.0" : "1.1.0"
            let id = try served.begin(
                "POST", "/apps/notes/update", ["version": target.json, "accept": ["downgrade", "known-bad"]])
            var isOver = false
            while !isOver {
                isOver = try served.operation(id).member("endedAt")?.asString != nil
                let listed = try served.ask("GET", "/apps").json().member("apps")?.elements ?? []
                #expect(listed.count == 1)
                for app in try listed + [served.ask("GET", "/apps/notes").json()] {
                    let version = app.member("version")?.asString
                    let other = version == "1.0.0" ? "1.1.0" : "1.0.0"
                    #expect(app.member("rollback")?.member("version")?.asString == other, "\(app.text)")
                }
            }
            let ended = try served.end(of: id)
            try #require(ended.member("state")?.asString == "done", "\(ended.text)")
        }
    }

    @Test func `H41 an update while its app is started leaves one version, and that runs`() throws {
        let host = try RunningHost()
        try host.install()
        try host.pack(TestApp(version: "2.0.0"))
        let served = try ServingHost(host)
        let starting = try served.begin("POST", "/apps/app/start")
        let updating = try served.begin("POST", "/apps/app/update", ["source": "\(host.place.path)/app-2.0.0.zip"])
        let (started, updated) = try (served.end(of: starting), served.end(of: updating))
        let codes = [started, updated].map { $0.member("error")?.member("code")?.asString }
        for (operation, code) in zip([started, updated], codes) {
            let isFine = operation.member("state")?.asString == "done" || code == "busy" || code == "app_running"
            #expect(isFine, "\(operation.text)")
            if code != nil { #expect(operation.member("error")?.member("status")?.asInteger == 409) }
        }
        #expect(codes.contains(nil), "one of them wins")
        let version = try host.version()
        #expect(version == (updated.member("state")?.asString == "done" ? "2.0.0" : "1.0.0"))
        try host.must("start app")
        let process = try #require(host.processes().first)
        #expect(process.environment["APPHOST_APP_VERSION"] == version)
        #expect(host.processes().count == 1)
        try host.must("stop app")
    }

    @Test func `H42 the same request with the same key is one operation`() throws {
        let served = try ServingHost.withNotes()
        let key = ["Idempotency-Key: once"]
        let ids = try (0..<8).map { _ in try served.begin("POST", "/apps/notes/update", nil, as: nil, key) }
        #expect(Set(ids).count == 1)
        let ended = try served.end(of: ids[0])
        #expect(ended.member("state")?.asString == "done", "\(ended.text)")
        let again = try served.ask("POST", "/apps/notes/update", nil, as: nil, key)
        #expect(again.status == 200)
        #expect(try again.json().member("operation")?.text == ended.text)
        let other = try served.ask("POST", "/apps/notes/update", ["offline": true], as: nil, key)
        #expect(other.status == 409)
        #expect(other.code == "idempotency_key_reused")
        // Whose key it is counts as well.
        let theirs = try served.begin("POST", "/apps/notes/update", nil, as: served.token(), key)
        #expect(theirs != ids[0])
        let history = try served.ask("GET", "/apps/notes/history").json().member("history")?.elements ?? []
        #expect(history.filter { $0.member("outcome")?.asString == "done" }.count == 2)
    }
}

/// A connection to a port that may never be accepted. Says nothing.
private final class NonblockingConnection {
    private let descriptor: Int32

    /// - Returns: nil where this process may have no more.
    init?(to port: Int) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let made = Glibc.socket(AF_INET, kind, 0)
        guard made >= 0 else { return nil }
        descriptor = made
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // Where it is not done at once it is under way.
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = connect(made, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(descriptor) }
}
