import DiskIO
import Glibc
import HostModel
import Hosting
import Signatures
import Storage
import TestSupport
import Testing

/// What is named, or what a server names, is looked at once: what was verified is what is installed.
struct ExchangedArchiveTests {
    /// What takes the name of an archive while somebody is asked whether to take it.
    enum Exchange: String, CaseIterable, Sendable { case evilBundle, nothing, link, fifo, directory }

    @Test(arguments: Exchange.allCases)
    func `an archive exchanged between verify and unpack is not the one that is installed`(
        exchange: Exchange
    ) async throws {
        let lab = try await Lab.withNotes()
        let good = try lab.bundle("1.1.0", permissions: ["network.listen", "data.write"])
        let evil = try lab.bundle("1.1.0", by: ["stranger"], page: "Evil")
        let content = try File.open(good, files: LinuxFileSystem()).content(limit: 1 << 20)
        let bytes = try #require(content)
        let asked = Sentences()
        let options = ChangeOptions(ask: { _, questions in
            for question in questions { asked.add(question.consent.rawValue) }
            // More permissions are asked about once the sidecars were verified, and before anything is unpacked.
            let isDone =
                switch exchange {
                case .evilBundle: rename(evil, good) == 0
                case .nothing: unlink(good) == 0
                case .link: unlink(good) == 0 && symlink(evil, good) == 0
                case .fifo: unlink(good) == 0 && mkfifo(good, 0o600) == 0
                case .directory: unlink(good) == 0 && mkdir(good, 0o755) == 0
                }
            if !isDone { asked.add("not exchanged") }
            return true
        })
        let result = try await lab.host.update(Lab.notes, from: good, onlyStage: false, options: options)
        #expect(asked.all == ["permissions"])
        #expect(result.to?.text == "1.1.0")
        #expect(try lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        #expect(try lab.problems().isEmpty)
        let receipt = try lab.receipt()
        #expect(receipt.digest == result.digest)
        #expect(receipt.artifact?.sha256 == DigestStream.digest(of: bytes))
        #expect(try lab.tree()["root/apps/notes/installed/static/index.html"]?.contains("Evil") == false)
    }

    @Test func `a name that a server gives a file plays no part`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        let file = try depot.shelf.file("1.1.0")
        let good = try #require(depot.shelf.place.read(file))
        let names = [
            "Content-Disposition: attachment; filename=\"../../../../evil.zip\"",
            "Content-Disposition: attachment; filename*=UTF-8''..%2F..%2Fevil.zip",
            "Content-Location: /../../evil.zip", "Content-Type: text/html",
        ]
        depot.server?.answer { request in
            request.target.hasPrefix("/targets/") ? whole(good, status: 200, names) : nil
        }
        try await depot.install()
        #expect(depot.fetched.count == 1)
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
        #expect(try depot.lab.problems().isEmpty)
        #expect(try depot.lab.tree().keys.filter { $0.contains("evil") } == [])
        for part in ["staging", "trash"] { #expect(depot.lab.names(part) == [], "\(part)") }
    }
}
