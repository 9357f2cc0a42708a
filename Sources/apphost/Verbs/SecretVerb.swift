import ArgumentParser
import HostModel
import Hosting

struct SecretVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Keep values of an app that nobody is shown.",
        subcommands: [SecretSetVerb.self, SecretListVerb.self, SecretRemoveVerb.self])
}

struct SecretSetVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set the value of a secret.",
        discussion: """
            The value is never an argument: it is asked for on a terminal, or read from standard input or a file. One \
            line feed at its end is cut off. It is stored in a file that only the root's owner can read, and never \
            shown again.

                apphost secret set notes NOTES_TOKEN
                apphost secret set notes NOTES_TOKEN --from token.txt
                pass show notes | apphost secret set notes NOTES_TOKEN

            EXIT STATUS: 0 set · 66 no such app or file · 78 no such name, or not such a value · 130 interrupted
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The app.")
    var app: AppID

    @Argument(help: "The environment variable.")
    var name: String

    @Option(help: ArgumentHelp("A file with the value; '-' is standard input.", valueName: "file"), completion: .file())
    var from: String?

    func run(_ host: AppHost, _ console: Console) async throws {
        // Before anything catches signals: while it asks, the first one ends it.
        let value = try SecretInput.read(from, for: name, host, console)
        console.show([try await host.setSecret(app, name, to: value, options: change.options(console))])
    }

    var isDryRun: Bool { change.dryRun }
}

struct SecretListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show which secrets an app has, and which it lacks. No value is shown.",
        discussion: """
                apphost secret list notes

            EXIT STATUS: 0 shown · 66 no such app
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The app.")
    var app: AppID

    func run(_ host: AppHost, _ console: Console) async throws {
        let secrets = try host.secrets(app)
        console.show(["schema": 1, "app": app, "secrets": secrets])
        if secrets.isEmpty { return console.note("\(app) declares no secret, and has none") }
        console.say(Table.text([["NAME", "STATE", "WHAT"]] + secrets.map(\.cells)))
    }
}

struct SecretRemoveVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Delete the value of a secret.",
        discussion: """
                apphost secret remove notes NOTES_TOKEN

            EXIT STATUS: 0 deleted, or there was none · 66 no such app · 78 no such name
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The app.")
    var app: AppID

    @Argument(help: "The environment variable.")
    var name: String

    func run(_ host: AppHost, _ console: Console) async throws {
        console.show([try await host.removeSecret(app, name, options: change.options(console))])
    }

    var isDryRun: Bool { change.dryRun }
}
