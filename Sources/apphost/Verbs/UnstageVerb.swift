import ArgumentParser
import HostModel
import Hosting

struct UnstageVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "unstage",
        abstract: "Delete a bundle that was staged.",
        discussion: """
                apphost unstage notes

            EXIT STATUS: 0 deleted, or nothing was staged · 66 no such app
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The app.")
    var app: AppID

    func run(_ host: AppHost, _ console: Console) async throws {
        console.show([try await host.unstage(app, options: change.options(console))])
    }

    var isDryRun: Bool { change.dryRun }
}
