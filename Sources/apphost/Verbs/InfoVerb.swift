import ArgumentParser
import HostModel
import Hosting

struct InfoVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show one app: what is installed, and what catalogs list.",
        discussion: """
            What catalogs listed when they were last refreshed is shown; nothing is fetched.

                apphost info notes

            EXIT STATUS: 0 shown · 66 neither installed nor in a catalog
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The app.")
    var app: AppID

    func run(_ host: AppHost, _ console: Console) async throws {
        let detail = try host.info(app) { console.warn($0) }
        guard case .object(let members) = detail.json else { return }
        console.show(.object([.init("schema", 1.json)] + members))
        let rows = detail.rows + detail.offers.flatMap { $0.rows(size: ProgressLine.bytes) }
        console.say(Table.text(rows.map { [$0.label, $0.value] }))
    }
}
