import ArgumentParser
import HostModel
import Hosting

struct UninstallVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Remove an app's bundles, secrets and grants.",
        discussion: """
            Its data stays, unless '--purge' is given, and its history stays.

                apphost uninstall notes
                apphost uninstall notes --purge --yes

            EXIT STATUS: 0 removed · 64 '--purge' without '--yes' where nobody can be asked · 66 no such app
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The app.")
    var app: AppID

    @Flag(help: "Delete its data as well, for good.")
    var purge = false

    func run(_ host: AppHost, _ console: Console) async throws {
        if purge, !console.yes {
            guard console.canAsk, change.dryRun || console.confirm("delete \(app) and all its data for good?") else {
                throw HostError.purgeNeedsYes(app)
            }
        }
        let (result, keptData) = try await host.uninstall(app, purge: purge, options: change.options(console))
        console.show([result])
        if let keptData { console.note("its data stays in \(keptData); '--purge' deletes it") }
    }

    var isDryRun: Bool { change.dryRun }
}
