import HostModel
import TestSupport
import Testing

/// `logs` as an operator meets it, of an app that does not run.
struct LogsVerbTests {
    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        return program
    }

    private func write(_ program: Program) throws {
        let lines = ["01Z app started", "02Z out one", "03Z err two"].map { "2026-05-01T10:00:\($0)\n" }
        try program.place.write(lines.joined(), to: "root/logs/notes/output.log", mode: 0o600)
    }

    @Test func `the last lines are shown`() throws {
        let program = try prepared()
        let empty = try program.transcript("logs notes", "logs notes --quiet", "logs notes -f")
        #expect(
            empty == """
                $ apphost logs notes
                nothing was logged
                $ apphost logs notes --quiet
                $ apphost logs notes -f

                """)
        try write(program)
        let text = try program.transcript(
            "logs notes", "logs notes -n 1", "logs notes --lines 2 -f", "logs notes -n 0 --quiet")
        #expect(
            text == """
                $ apphost logs notes
                2026-05-01 10:00:01  -- started
                2026-05-01 10:00:02  one
                2026-05-01 10:00:03  two
                $ apphost logs notes -n 1
                2026-05-01 10:00:03  two
                $ apphost logs notes --lines 2 -f
                2026-05-01 10:00:02  one
                2026-05-01 10:00:03  two
                $ apphost logs notes -n 0 --quiet

                """)
    }

    @Test func `programs get one object, or one for each line that is followed`() throws {
        let program = try prepared()
        let none = try program.must("logs notes --json").stdout
        #expect(none == #"{"schema":1,"app":"notes","lines":[]}"# + "\n")
        try write(program)
        let object = try JSONValue(line: program.must("logs notes --json -n 2").stdout)
        #expect(object.keys == ["schema", "app", "lines"])
        let lines = object.member("lines")?.elements ?? []
        #expect(lines.map(\.keys) == [["at", "stream", "text"], ["at", "stream", "text"]])
        let followed = try program.must("logs notes -f --json -n 2").stdout
        #expect(followed == lines.map { $0.text + "\n" }.joined())
    }

    @Test func `what cannot be shown is refused`() throws {
        let program = try prepared()
        let other = try program.run("logs other")
        #expect(other.status == 66)
        #expect(other.code == "app_not_installed")
        for line in ["logs", "logs notes -n", "logs notes -n x", "logs notes --since 5", "logs notes notes"] {
            #expect(try program.run(line).status == 64, "\(line)")
        }
    }
}
