import ArgumentParser
import HostModel
import Hosting

struct TokenVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Let programs, and browsers, ask 'apphost serve' in your name.",
        subcommands: [TokenNewVerb.self, TokenRevokeVerb.self, TokenListVerb.self])
}

struct TokenNewVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a token. Its text is shown this once, and kept nowhere.",
        discussion: """
            Who has it may do over HTTP whatever the operator may.

                apphost token new backup
                curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8765/api/v1/apps

            EXIT STATUS: 0 made · 1 there is one of that name · 64 there are too many
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "What to call it, in the grammar of an app's id.")
    var name: AppID

    @Flag(help: "Say what would be, and change nothing.")
    var dryRun = false

    func run(_ host: AppHost, _ console: Console) async throws {
        let (kept, token) = try host.newToken(name, dryRun: dryRun)
        console.show(["schema": 1, "token": ["name": kept.name, "text": token?.text] as JSONValue])
        if let token { console.say(token.text) } else { console.sayDone("made the token \(kept.name)") }
    }

    var isDryRun: Bool { dryRun }
}

struct TokenRevokeVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take a token back. Who has it is out with the next request.",
        discussion: """
                apphost token revoke backup

            EXIT STATUS: 0 revoked · 66 there is none of that name
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "What it is called.")
    var name: AppID

    @Flag(help: "Say what would be, and change nothing.")
    var dryRun = false

    func run(_ host: AppHost, _ console: Console) async throws {
        let revoked = try host.revokeToken(name, dryRun: dryRun)
        console.show(["schema": 1, "token": revoked])
        console.sayDone("revoked the token \(revoked.name)")
    }

    var isDryRun: Bool { dryRun }
}

struct TokenListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show which tokens there are.")

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run(_ host: AppHost, _ console: Console) async throws {
        let tokens = try host.tokens()
        console.show(["schema": 1, "tokens": tokens])
        if tokens.isEmpty { return console.note("there is no token; 'apphost token new NAME' makes one") }
        var rows = tokens.map { [$0.name.text, $0.createdAt.description] }
        rows.insert(["TOKEN", "MADE"], at: 0)
        console.say(Table.text(rows))
    }
}
