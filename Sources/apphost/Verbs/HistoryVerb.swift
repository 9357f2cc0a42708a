import ArgumentParser
import HostModel
import Hosting

struct HistoryVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show what was done to an app, and what was refused.",
        discussion: """
                apphost history notes

            EXIT STATUS: 0 shown · 66 no such app
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The app, installed or not.")
    var app: AppID

    func run(_ host: AppHost, _ console: Console) async throws {
        let lines = try host.history(app)
        console.show(["schema": 1, "app": app, "history": lines.map(\.json)])
        var rows = lines.map(\.cells)
        rows.insert(["#", "AT", "WHAT", "OUTCOME", "VERSION", "BY", "WHY"], at: 0)
        console.say(Table.text(rows))
    }
}
