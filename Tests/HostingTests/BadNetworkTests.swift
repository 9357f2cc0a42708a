import Fetching
import HostModel
import Hosting
import TestSupport
import Testing

/// A large bundle over networks and from servers that do not do what they should.
///
/// The host has `notes` 1.0.0 and installs `atlas`, of about five mebibytes. Whatever happens to the way, the bundle
/// arrives whole, or nothing is left of it and `notes` is as it was.
struct BadNetworkTests {
    private static let mebibyte = 1 << 20

    /// A host that refreshed the shelf over HTTP, and the file of `atlas` on it.
    private struct Scene {
        let depot: Depot
        let file: [UInt8]
        private let apps: Tree

        init() async throws {
            let depot = try Depot()
            try await depot.lab.install(depot.lab.bundle("1.0.0"))
            try BadNetworkTests.publishAtlas(on: depot)
            try await depot.open(isServed: true)
            let place = try depot.shelf.file("1.0.0", of: "atlas")
            let published = try #require(depot.shelf.place.read(place))
            self.depot = depot
            file = published
            apps = try depot.apps()
        }

        /// Lets the server answer for the bundle as `answer` says, and gives the rest as it is.
        func serve(_ answer: @escaping @Sendable (TestServer.Request) -> [TestServer.Step]) {
            depot.server?.answer { request in request.target.hasPrefix("/targets/") ? answer(request) : nil }
        }

        /// Expects that the bundle is not installed for this reason, and nothing has changed.
        func expectFailure(
            _ code: FailureCode, _ change: (inout FetchTimes) -> Void = { _ in },
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let host = try depot.host(change)
            let found = await failure(sourceLocation: sourceLocation) { try await depot.install("atlas", on: host) }
            #expect(found?.code == code, "\(found?.message ?? "")", sourceLocation: sourceLocation)
            try expectNoTrace(sourceLocation: sourceLocation)
        }

        func expectNoTrace(sourceLocation: SourceLocation = #_sourceLocation) throws {
            let isSame = try depot.apps() == apps
            #expect(isSame, "an app changed", sourceLocation: sourceLocation)
            #expect(depot.lab.names("staging").isEmpty, sourceLocation: sourceLocation)
            #expect(depot.lab.names("trash").isEmpty, sourceLocation: sourceLocation)
        }

        /// Expects that `atlas` is installed, whole, and that `notes` did not change.
        func expectWhole(sourceLocation: SourceLocation = #_sourceLocation) throws {
            let atlas = try Samples.app("atlas")
            let found = try depot.lab.host.verify([atlas], allSlots: true, options: ChangeOptions())
            #expect(found.map(\.isSound) == [true], sourceLocation: sourceLocation)
            #expect(depot.lab.names("staging").isEmpty, sourceLocation: sourceLocation)
            let isSame = try depot.apps().filter { !$0.key.hasPrefix("root/apps/atlas") } == apps
            #expect(isSame, "another app changed", sourceLocation: sourceLocation)
        }
    }

    /// Publishes a bundle of which no two parts are alike. A tar archive is as long as its content.
    private static func publishAtlas(on depot: Depot) throws {
        let workshop = try TemporaryDirectory()
        defer { withExtendedLifetime(workshop) {} }
        let manifest = #"{"schema":1,"id":"atlas","name":"Atlas","version":"1.0.0"}"#
        try workshop.write(manifest, to: "atlas/apphost/manifest.json")
        var map = ""
        for number in 0..<80 {
            map += "\(number): " + String(repeating: "\(UInt64.random(in: 0...UInt64.max)) ", count: 3500)
        }
        try workshop.write(map, to: "atlas/maps/world")
        let archive = workshop.path + "/atlas-1.0.0.tar"
        _ = try Publishing().pack(
            workshop.path + "/atlas", output: archive, keyFile: depot.lab.keyFile("notes"), caseSensitive: nil,
            dryRun: false, progress: { _ in })
        try depot.shelf.publish(depot.artifact(archive))
    }

    // MARK: Connections that are cut

    @Test func `a server that cuts each connection after a mebibyte gives all of it, and little twice`() async throws {
        let scene = try await Scene()
        let file = scene.file
        #expect(file.count > 5 * Self.mebibyte)
        scene.serve { request in part(of: file, for: request, tag: "\"1\"", cut: Self.mebibyte) }
        let heard = Steps()
        try await scene.depot.install("atlas") { progress in heard.add(progress) }
        try scene.expectWhole()
        #expect(scene.depot.fetched.count > 5)
        let sent = try #require(scene.depot.server?.sent)
        #expect(sent < 2 * file.count)

        let downloads = heard.all.filter { $0.step == .downloading }
        #expect(downloads.map(\.done) == downloads.map(\.done).sorted())
        #expect(downloads.allSatisfy { $0.app == "atlas" && $0.total == Int64(file.count) })
        #expect(downloads.last?.done == Int64(file.count))
    }

    @Test func `a server that cannot continue is begun anew with, and what came before does not count`() async throws {
        let scene = try await Scene()
        let file = scene.file
        let wrong = [UInt8](repeating: 6, count: 3 * Self.mebibyte)
        scene.serve { request in
            // No tag, no range: the second answer is all of it.
            request.start == 0 ? [head(200, ["Content-Length: \(file.count)"]), .send(wrong)] : whole(file)
        }
        try await scene.depot.install("atlas")
        try scene.expectWhole()
        #expect(scene.depot.fetched.map(\.start) == [0, wrong.count])
    }

    @Test func `a server that cuts each time where it did is given up`() async throws {
        let scene = try await Scene()
        let file = scene.file
        scene.serve { _ in [head(200, ["Content-Length: \(file.count)"]), .send(Array(file.prefix(1000)))] }
        try await scene.expectFailure(.sourceUnavailable)
    }

    // MARK: Servers that are slow

    @Test func `a server that drips is given up in time`() async throws {
        let scene = try await Scene()
        let file = scene.file
        scene.serve { _ in [head(200, ["Content-Length: \(file.count)"]), .drip(file[0])] }
        try await scene.expectFailure(.sourceTimeout) { times in
            times.window = .milliseconds(200)
            times.slowest = 1 << 20
        }
        #expect(FailureCode.sourceTimeout.exitStatus == 69)
    }

    @Test func `a server that stops in the middle is asked for the rest, and given up`() async throws {
        let scene = try await Scene()
        let file = scene.file
        scene.serve { request in
            part(of: file, for: request, tag: "\"1\"", cut: request.start == 0 ? file.count / 2 : 0) + [.hold]
        }
        try await scene.expectFailure(.sourceTimeout) { $0.silence = .milliseconds(200) }
        #expect(scene.depot.fetched.count == 2)

        scene.depot.server?.answerAsItIs()
        try await scene.depot.install("atlas")
        try scene.expectWhole()
    }

    @Test func `who stops the command does not wait for the server`() async throws {
        let scene = try await Scene()
        let file = scene.file
        scene.serve { request in part(of: file, for: request, cut: file.count / 2) + [.hold] }
        let cancellation = Cancellation()
        let found = await failure {
            try await scene.depot.install("atlas", cancellation: cancellation) { progress in
                if progress.step == .downloading { cancellation.cancel() }
            }
        }
        #expect(found?.code == .interrupted)
        try scene.expectNoTrace()
    }

    // MARK: Servers that lie

    @Test(arguments: [-1, 1, -(1 << 20), 1 << 40])
    func `another length than the catalog lists is refused before the body`(difference: Int) async throws {
        let scene = try await Scene()
        let file = scene.file
        scene.serve { _ in [head(200, ["Content-Length: \(file.count + difference)"]), .send(file)] }
        try await scene.expectFailure(.sourceLengthDiffers)
        #expect(scene.depot.fetched.count == 1)
    }

    @Test func `a body that ends early, or goes on, is refused whatever its head says`() async throws {
        let scene = try await Scene()
        let file = scene.file
        scene.serve { _ in [head(200), .send(file + [0])] }
        try await scene.expectFailure(.sourceTooLong)
        let chunk = Array("5\r\n".utf8) + Array(file.prefix(5)) + Array("\r\n0\r\n\r\n".utf8)
        scene.serve { _ in [head(200, ["Transfer-Encoding: chunked"]), .send(chunk)] }
        try await scene.expectFailure(.sourceLengthDiffers)
    }

    @Test(
        arguments: [
            (404, .sourceNotFound), (410, .sourceNotFound), (403, .sourceRefused), (500, .sourceUnavailable),
            (503, .sourceUnavailable), (200, .artifactDigestMismatch),
        ] as [(Int, FailureCode)])
    func `what is not there, and what is something else, is told`(status: Int, code: FailureCode) async throws {
        let scene = try await Scene()
        let other = [UInt8](repeating: 0x3C, count: status == 200 ? scene.file.count : 100)
        scene.serve { _ in whole(other, status: status) }
        try await scene.expectFailure(code)
    }
}
