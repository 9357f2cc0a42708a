import ArgumentParser
import Glibc
import HostModel
import Hosting

struct ListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show what is installed.",
        discussion: """
                apphost list
                apphost list --json

            EXIT STATUS: 0 shown · 3 some apps could not be read
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run(_ host: AppHost, _ console: Console) async throws {
        let (apps, failures) = try host.list()
        console.show(["schema": 1, "apps": apps])
        if apps.isEmpty { console.note(Self.emptyHint(host)) }
        var rows = apps.map { app in
            [
                app.id.text, app.version.text, app.isRunning == true ? "running" : "-",
                app.staged.map { "staged \($0)" } ?? "-",
                app.rollback.map { "rollback \($0)" } ?? "-",
                app.name + (app.held.map { " (\($0))" } ?? ""),
            ]
        }
        if !rows.isEmpty, !console.quiet {
            rows.insert(["APP", "VERSION", "STATE", "STAGED", "ROLLBACK", "NAME"], at: 0)
        }
        if !rows.isEmpty { console.say(Table.text(rows)) }
        guard !failures.isEmpty else { return }
        for failure in failures { console.warn(failure) }
        throw ExitStatus(number: 3)
    }

    /// What is said where nothing is installed.
    static func emptyHint(_ host: AppHost) -> String {
        let hint = "nothing is installed in \(printable(host.rootPath))"
        let system = "/var/lib/apphost"
        guard host.rootPath != system, access(system, F_OK) == 0 else { return hint }
        return hint + "; 'sudo apphost list' shows \(system)"
    }
}
