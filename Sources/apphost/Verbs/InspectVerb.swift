import ArgumentParser
import HostModel
import Hosting

struct InspectVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what a bundle is, who signed it, and whether this host would take it.",
        discussion: """
            All of it is read and checked against its own inventory.

                apphost inspect ./notes-1.0.zip

            EXIT STATUS: 0 shown · 65 the bundle contradicts itself · 66 no such source
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "An archive or a directory.", completion: .file())
    var source: String

    func run(_ host: AppHost, _ console: Console) async throws {
        let found = try host.inspect(source, options: ChangeArguments.looking(console))
        guard case .object(let members) = found.json else { return }
        console.show(.object([.init("schema", 1.json)] + members))
        let size = ("content", "\(found.files) files, \(ProgressLine.bytes(found.bytes))")
        console.say(Table.text((found.rows + [size]).map { [$0.0, $0.1] }))
    }

    var recoversFirst: Bool { false }
}
