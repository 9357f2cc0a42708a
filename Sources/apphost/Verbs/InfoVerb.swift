import ArgumentParser
import HostModel
import Hosting

struct InfoVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show one installed app.",
        discussion: """
                apphost info notes

            EXIT STATUS: 0 shown · 66 no such app
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The app.")
    var app: AppID

    func run(_ host: AppHost, _ console: Console) async throws {
        let detail = try host.info(app)
        guard case .object(let members) = detail.json else { return }
        console.show(.object([.init("schema", 1.json)] + members))
        console.say(Table.text(detail.rows.map { [$0.label, $0.value] }))
    }
}
