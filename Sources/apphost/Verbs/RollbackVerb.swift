import ArgumentParser
import HostModel
import Hosting

struct RollbackVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Return an app to the bundle it had before.",
        discussion: """
            The present bundle is kept, so a rollback can itself be rolled back. Data, configuration and permissions \
            are not rolled back.

                apphost rollback notes
                apphost rollback notes --to 1.0.0
                apphost rollback notes --restart

            EXIT STATUS: 0 rolled back · 4 the health gate failed, and what was left is back · 65 the kept bundle does \
            not verify · 66 no such app, or nothing to go back to · 75 it runs · 77 no key vouches for it any more · 3 rolled back, but incomplete
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments
    @OptionGroup var restart: RestartArguments

    @Argument(help: "The app.")
    var app: AppID

    @Option(help: ArgumentHelp("A kept version; without it, the one before.", valueName: "version"))
    var to: BundleVersion?

    func run(_ host: AppHost, _ console: Console) async throws {
        console.show([try await host.rollback(app, to: to, options: change.options(console, restart: restart.choice))])
    }

    var isDryRun: Bool { change.dryRun }
}
