import Glibc
import TestSupport
import Testing

/// While an app's staging tree is held locked, another update of it is told so, or waits.
@Suite(.timeLimit(.minutes(20)))
struct BusyTests {
    /// Another update, as far as `apphost` can tell: `staging/<id>/`, made and locked.
    private final class OtherUpdate {
        private let descriptor: Int32

        init(of id: String, in program: Program) throws {
            try program.place.makeDirectory("root/staging/\(id)", mode: 0o755)
            let path = "\(program.place.path)/root/staging/\(id)"
            descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw TestBroken(doing: "lock \(path)", errno: errno)
            }
        }

        deinit { close(descriptor) }

        func end() throws {
            if flock(descriptor, LOCK_UN) != 0 { throw TestBroken(doing: "unlock", errno: errno) }
        }
    }

    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        return program
    }

    @Test(arguments: ["", " --stage", " --dry-run", " --stage --dry-run"])
    func `a second update is refused as busy`(options: String) throws {
        let program = try prepared()
        let other = try OtherUpdate(of: "notes", in: program)
        let before = try program.bundles()
        let outcome = try program.run("update notes --from ./notes-1.1.zip\(options)")
        #expect(outcome.status == 75)
        #expect(outcome.code == "busy")
        #expect(outcome.stderr.contains("--wait"))
        #expect(try program.bundles() == before)
        #expect(program.place.names("root/staging") == ["notes"])
        try other.end()
        try program.must("update notes --from ./notes-1.1.zip\(options)")
    }

    @Test func `a first install is refused as busy, too`() throws {
        let program = try Program()
        try program.prepare()
        let other = try OtherUpdate(of: "notes", in: program)
        #expect(try program.run("install ./notes-1.0.zip").status == 75)
        #expect(program.place.names("root/apps").isEmpty)
        try other.end()
        try program.must("install ./notes-1.0.zip")
    }

    @Test func `a second update that waits goes on when the first is over`() throws {
        let program = try prepared()
        let other = try OtherUpdate(of: "notes", in: program)
        let waiting = try program.start("update notes --from ./notes-1.1.zip --wait")
        // It has nothing to do but wait, so whatever it is given it is still there.
        try waiting.poll(atMost: 100)
        #expect(try waiting.isRunning())
        #expect(program.place.names("root/apps/notes").contains("rollback") == false)
        try other.end()
        let outcome = try waiting.wait()
        #expect(outcome.status == 0, "\(outcome.stderr)")
        #expect(outcome.stdout == "updated notes 1.0.0 → 1.1.0\n")
        program.expectNoDebris("after waiting")
    }

    @Test func `who is killed while waiting leaves nothing`() throws {
        let program = try prepared()
        let other = try OtherUpdate(of: "notes", in: program)
        let waiting = try program.start("update notes --from ./notes-1.1.zip --wait")
        try waiting.poll(atMost: 50)
        waiting.kill()
        #expect(try waiting.wait().status == -SIGKILL)
        try other.end()
        #expect(try program.run("verify").status == 0)
        program.expectNoDebris("after a kill")
    }

    @Test func `other apps and whoever looks are not kept waiting`() throws {
        let program = try prepared()
        try program.pack("wiki.zip", version: "1.0.0", id: "wiki")
        let other = try OtherUpdate(of: "notes", in: program)
        try program.must("install ./wiki.zip")
        for line in ["list", "info notes", "history notes", "verify", "doctor", "settings", "trust list"] {
            try program.must(line)
        }
        try program.must("settings retention=2")
        #expect(program.place.names("root/staging") == ["notes"])
        try other.end()
        try program.must("list")
        program.expectNoDebris("when nobody holds it any more")
    }
}
