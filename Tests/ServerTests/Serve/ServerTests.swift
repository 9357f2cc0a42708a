import Glibc
import HostModel
import Hosting
import Server
import TestSupport
import Testing

/// One server on one root: its sockets, its lock, its end.
struct ServerTests {
    @Test func `the socket is for the owner alone, and goes with the server`() async throws {
        let place = try TemporaryDirectory()
        try await Served.run(in: place) { served in
            #expect(place.mode(of: "root/apphost.sock") == 0o600)
            let reply1 = try await served.socket.ask("GET", "/api/v1/apps").status
            #expect(reply1 == 200)
        }
        #expect(!place.exists("root/apphost.sock"))
    }

    @Test func `a second server is refused, and the first goes on`() async throws {
        try await Served.run { served in
            let second = try Served.server(of: served.host)
            await #expect(throws: ServerRuns.self) { try await second.run() }
            let reply2 = try await served.socket.ask("GET", "/api/v1/apps").status
            #expect(reply2 == 200)
        }
    }

    @Test func `a socket that a killed server left is replaced`() async throws {
        let place = try TemporaryDirectory()
        try await Served.run(in: place) { _ in }
        close(try UnixAddress.bound(place.path + "/root/apphost.sock"))
        try await Served.run(in: place) { served in
            let reply3 = try await served.socket.ask("GET", "/api/v1/apps").status
            #expect(reply3 == 200)
        }
    }

    @Test func `a file in the place of the socket is nobody's to remove`() async throws {
        let place = try TemporaryDirectory()
        let host = Served.host(in: place)
        _ = try host.lockServer()
        try place.write("mine", to: "root/apphost.sock")
        let server = try Served.server(of: host)
        await #expect(throws: ServerFailure.self) { try await server.run() }
        #expect(place.text("root/apphost.sock") == "mine")
    }

    @Test func `a root whose path is too long for a socket has one all the same`() async throws {
        let place = try TemporaryDirectory()
        let deep = place.path + "/" + String(repeating: "long/", count: 30) + "root"
        let host = AppHost(rootPath: deep, by: "test")
        let lock = try host.lockServer()
        let path = try lock.socketPath()
        #expect(path.utf8.count <= 107)
        close(try UnixAddress.bound(path))
        try lock.protectSocket()
        #expect(place.mode(of: String(deep.dropFirst(place.path.count + 1)) + "/apphost.sock") == 0o600)
        try lock.removeSocket()
        #expect(!place.exists(String(deep.dropFirst(place.path.count + 1)) + "/apphost.sock"))
    }

    @Test(arguments: [
        "0.0.0.0:8765", "192.168.0.1:8765", "[::]:8765", "localhost:8765", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:+80", "::1:8765", ":8765", "",
    ])
    func `nothing is listened at but loopback`(text: String) {
        #expect(LoopbackAddress(text) == nil)
    }

    @Test(arguments: ["127.0.0.1:8765", "[::1]:1"])
    func `an address is written as it is read`(text: String) {
        #expect(LoopbackAddress(text)?.description == text)
    }

    @Test func `what is being changed is waited for, and what has changed nothing is given up`() async throws {
        try await Served.run { served in
            let (gate, open) = AsyncStream.makeStream(of: Void.self)
            let swapping = try await served.operations.begin(
                "swapping",
                Work { options in
                    try options.cancellation.commit()
                    for await _ in gate { break }
                    return WorkOutcome(.null)
                })
            let waiting = try await served.operations.begin(
                "waiting",
                Work { options in
                    while !options.cancellation.isRequested { await Task.yield() }
                    throw Interrupted()
                })
            await begun(swapping.id, in: served)
            await begun(waiting.id, in: served)
            await served.askToEnd()
            let given = await served.operations.operation(waiting.id, within: .seconds(600))
            #expect(given?.error?.code == "interrupted")
            #expect(!served.hasEnded)
            open.finish()
            try await served.end()
            #expect(await served.operations.operation(swapping.id)?.state == .done)
        }
    }

    private func begun(_ id: OperationID, in served: Served) async {
        while await served.operations.operation(id)?.state == .queued { await Task.yield() }
    }
}
