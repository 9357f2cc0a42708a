import ArgumentParser
import HostModel
import Hosting

struct SearchVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Look for apps in the catalogs that this host follows.",
        discussion: """
            What catalogs listed when they were last refreshed is searched; nothing is fetched. A catalog that does \
            not count any more, or cannot be read, is told as a warning, and hides no other.

                apphost search
                apphost search notes

            EXIT STATUS: 0 searched, whatever was found
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "Part of an id, a name or a summary, in any letter case; without it, everything is shown.")
    var text: String?

    func run(_ host: AppHost, _ console: Console) async throws {
        var hasWarned = false
        let found = try host.search(text) { warning in
            hasWarned = true
            console.warn(warning)
        }
        console.show(["schema": 1, "catalogs": found.catalogs.map(\.brief), "results": found.hits])
        var rows = found.hits.map(\.cells)
        if rows.isEmpty {
            let hasNone = found.catalogs.isEmpty && !hasWarned
            return console.note(hasNone ? CatalogVerb.noneHint : "nothing was found")
        }
        if !console.quiet { rows.insert(["APP", "VERSION", "INSTALLED", "CATALOG", "WHAT"], at: 0) }
        console.say(Table.text(rows))
    }
}
