import ArgumentParser
import HostModel
import Hosting

struct LogsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what an app wrote.",
        discussion: """
            What it wrote to standard output and standard error, the newest last, and behind '--' what its supervisor \
            did. Times are in UTC. Its token and the values of its secrets are replaced by [redacted].

                apphost logs notes
                apphost logs notes -n 1000 --since 2h
                apphost logs notes -f

            -f ends when the app does. With --json it writes one object for each line.

            EXIT STATUS: 0 shown, or nothing is there yet · 66 no such app · 77 the root is another user's · \
            130 interrupted
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The app.")
    var app: AppID

    @Option(
        name: [.customShort("n"), .customLong("lines")],
        help: ArgumentHelp("How many of the last lines.", valueName: "lines"))
    var count = 100

    @Flag(name: [.customShort("f"), .customLong("follow")], help: "Go on with each new line as it comes.")
    var follows = false

    @Option(help: ArgumentHelp("Only lines of this last time: 90s, 15m, 12h, 7d, 2w.", valueName: "time"))
    var since: Span?

    func validate() throws {
        guard count >= 0 else { throw ValidationError("Give a number of lines that is not negative.") }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        if follows {
            return try await host.followLogs(app, lines: count, since: since) { entry in
                console.show(entry.json)
                console.say(entry.shown)
            }
        }
        let entries = try host.logs(app, lines: count, since: since)
        console.show(["schema": 1, "app": app, "lines": entries])
        if entries.isEmpty { return console.note("nothing was logged") }
        console.say(entries.map(\.shown).joined(separator: "\n"))
    }
}
