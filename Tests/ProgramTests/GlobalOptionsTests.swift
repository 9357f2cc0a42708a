import Glibc
import HostModel
import TestSupport
import Testing

/// `behaviour.md` 7: global options stand before and after the verb.
struct GlobalOptionsTests {
    static let lines = [
        "list", "info notes", "history notes", "verify", "verify --all-slots", "doctor", "settings", "trust list",
        "inspect ./notes-1.0.zip", "info nobody", "trust status nobody active", "install ./notes-1.1.zip",
        "unstage notes", "rollback notes --to 1.1.0", "update notes --from ./nothing.zip",
        "search notes", "catalog list", "catalog info nosuch", "catalog add demo ./nothing",
    ]

    @Test(arguments: ["--json", "--quiet", "-q", "-y", "--offline", "--json --yes"])
    func `a flag says the same before and after the verb`(flag: String) throws {
        let program = try Program()
        try program.prepareUpdated()
        for line in Self.lines {
            // What was refused before adds to the history, so each is asked on a host of its own.
            let before = try program.copy()
            let after = try program.copy()
            let first = try before.run("\(flag) \(line)")
            let second = try after.run("\(line) \(flag)")
            #expect(first.status == second.status, "\(line)")
            #expect(before.steady(first.stdout) == after.steady(second.stdout), "\(line)")
            #expect(before.steady(first.stderr) == after.steady(second.stderr), "\(line)")
        }
    }

    @Test func `the root is named before or after the verb, and before the environment`() throws {
        let program = try Program()
        try program.prepareUpdated()
        let elsewhere = ["APPHOST_ROOT": program.place.path + "/elsewhere"]
        let here = program.place.path + "/root"
        let expected = try program.run("list")
        #expect(expected.stdout.contains("1.1.0"))
        for line in ["--root \(here) list", "list --root \(here)", "--root=\(here) list", "list --root=\(here)"] {
            #expect(try program.run(line, environment: elsewhere) == expected, "\(line)")
        }
        for line in ["--root root list", "list --root ./root"] {
            #expect(try program.run(line, environment: elsewhere) == expected, "\(line)")
        }
        let json = try program.run("--json --root \(here) trust list", environment: elsewhere)
        #expect(try JSONValue(line: json.stdout).member("keys")?.elements.count == 1)
        #expect(!program.place.exists("elsewhere"))
    }

    @Test func `the environment names the root`() throws {
        let program = try Program()
        try program.prepareUpdated()
        let elsewhere = ["APPHOST_ROOT": program.place.path + "/elsewhere"]
        let empty = try program.run("list", environment: elsewhere)
        #expect(program.plain(empty.stdout).hasPrefix("nothing is installed in <place>/elsewhere"))
        #expect(!program.place.exists("elsewhere"))
        #expect(try program.run("settings retention=2", environment: elsewhere).status == 0)
        #expect(program.place.exists("elsewhere/config.json"))
        #expect(!program.place.exists("root/config.json"))
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser has a place of its own"))
    func `without a word the root is in the user's home`() throws {
        let program = try Program()
        let home = try program.run("list", environment: ["APPHOST_ROOT": ""])
        let inHome = "nothing is installed in <place>/.local/share/apphost"
        #expect(program.plain(home.stdout).hasPrefix(inHome))
        let data = ["APPHOST_ROOT": "", "XDG_DATA_HOME": program.place.path + "/data"]
        let inData = try program.run("list", environment: data)
        #expect(program.plain(inData.stdout).hasPrefix("nothing is installed in <place>/data/apphost"))
        let relative = ["APPHOST_ROOT": "", "XDG_DATA_HOME": "data"]
        #expect(program.plain(try program.run("list", environment: relative).stdout).hasPrefix(inHome))
    }

    @Test func `quiet says what was asked for and no more`() throws {
        let program = try Program()
        #expect(try program.run("list -q").stdout.isEmpty)
        try program.prepareUpdated()
        #expect(program.plain(try program.run("list --quiet").stdout) == "notes  1.1.0  -  -  rollback 1.0.0  Notes\n")
        #expect(try program.run("doctor -q").stdout.split(separator: "\n").allSatisfy { $0.hasPrefix("note: ") })
        #expect(try program.run("verify -q").stdout.isEmpty)
        let failed = try program.run("info nobody -q")
        #expect(failed.code == "app_not_installed")
    }

    @Test func `nothing is asked where there is no terminal`() throws {
        let program = try Program()
        try program.prepareUpdated()
        let consent = try program.run("update notes --from ./notes-1.0.zip", stdin: "y\ny\n")
        #expect(consent.status == 77)
        #expect(consent.stdout.isEmpty)
        let purge = try program.run("uninstall notes --purge", stdin: "y\ny\n")
        #expect(purge.status == 64)
        #expect(try program.run("verify").status == 0)
    }

    @Test func `no escape reaches a pipe`() throws {
        let program = try Program()
        try program.prepare()
        for line in ["install ./notes-1.0.zip", "update notes --from ./notes-1.1.zip", "verify", "list", "info notes"] {
            let outcome = try program.run(line)
            #expect(outcome.stderr.isEmpty, "\(line)")
            #expect(!outcome.stdout.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }, "\(line)")
        }
    }
}

extension Program {
    /// ``plain(_:)``, without the random name of an operation.
    fileprivate func steady(_ text: String) -> String {
        plain(text).replacing(/"operation":"[0-9a-z<>]+"/, with: "")
    }
}
