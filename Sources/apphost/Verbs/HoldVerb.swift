import ArgumentParser
import HostModel
import Hosting

struct HoldVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Keep an app as it is, whatever its policy says.",
        discussion: """
            A held app is left out of every policy, and of an update of all. Who names it updates it all the same.

                apphost hold notes
                apphost hold notes --for 7d

            EXIT STATUS: 0 held, or held already · 66 no such app
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The app.")
    var app: AppID

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("For how long: 90s, 15m, 12h, 7d, 2w. Without it, until 'unhold'.", valueName: "time"))
    var span: Span?

    func run(_ host: AppHost, _ console: Console) async throws {
        console.show([try await host.hold(app, for: span, options: change.options(console))])
    }

    var isDryRun: Bool { change.dryRun }
}

struct UnholdVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "unhold", abstract: "End the hold of an app.",
        discussion: """
                apphost unhold notes

            EXIT STATUS: 0 ended, or not held · 66 no such app
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The app.")
    var app: AppID

    func run(_ host: AppHost, _ console: Console) async throws {
        console.show([try await host.unhold(app, options: change.options(console))])
    }

    var isDryRun: Bool { change.dryRun }
}

extension Span: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
