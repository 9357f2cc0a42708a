import ArgumentParser
import HostModel
import Hosting

struct RestartVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Stop apps and start them again, as they are configured now.",
        discussion: """
            What cannot be started as it is configured is not stopped. An app that does not run is started.

                apphost restart notes

            EXIT STATUS: as of 'apphost start'
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The apps.")
    var apps: [AppID]

    func run(_ host: AppHost, _ console: Console) async throws {
        let options = try change.options(console)
        try await console.forEach(apps, .restart) { try await host.restart($0, options: options) }
    }

    var isDryRun: Bool { change.dryRun }
}
