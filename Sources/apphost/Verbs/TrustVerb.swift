import ArgumentParser
import HostModel
import Hosting

struct TrustVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Say whose bundles this host takes.",
        subcommands: [TrustAddVerb.self, TrustListVerb.self, TrustStatusVerb.self])
}

struct TrustAddVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Trust a key.",
        discussion: """
                apphost trust add notes.key.pub --name notes
                apphost trust add notes.key.pub --name notes --app notes --until 2027-12-31

            EXIT STATUS: 0 trusted · 1 trusted already · 65 no key · 66 no such file
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "A public key, as 'apphost key new' writes it.", completion: .file(extensions: ["pub"]))
    var key: String

    @Option(help: "What to call it.")
    var name: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("What it may sign: bundle, review. A list.", valueName: "purposes"),
        completion: .list(TrustEntry.purposes))
    var purposes = "bundle"

    @Option(name: .customLong("app"), help: "An app that it may sign for; may be repeated. Without it, any.")
    var apps: [AppID] = []

    @Option(help: ArgumentHelp("The first moment it counts: 2026-05-01, or 2026-05-01T10:00:00Z.", valueName: "date"))
    var from: String?

    @Option(help: ArgumentHelp("The last moment it counts.", valueName: "date"))
    var until: String?

    @Flag(help: "Say what would be, and change nothing.")
    var dryRun = false

    func run(_ host: AppHost, _ console: Console) async throws {
        let key = try host.addTrust(
            .init(
                keyFile: self.key, name: name, purposes: try purposes.split(separator: ",").map(purpose),
                apps: apps.isEmpty ? nil : apps, validFrom: try from.map(time), validUntil: try until.map(endOfDay)),
            dryRun: dryRun)
        console.show(["schema": 1, "key": key])
        console.say("trusted \(key.name) (\(key.keyid)) for \(purposes)")
    }

    private func purpose(_ word: Substring) throws -> String {
        guard TrustEntry.purposes.contains(String(word)) else {
            throw ValidationError("'\(word)' is no purpose; there are bundle and review.")
        }
        return String(word)
    }

    /// A date alone means all of that day.
    private func endOfDay(_ text: String) throws -> Timestamp {
        let moment = try time(text)
        return text.utf8.count == 10 ? Timestamp(seconds: moment.seconds + 86_399) : moment
    }

    private func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(text) else {
            throw ValidationError("'\(text)' is no date such as 2026-05-01 or 2026-05-01T10:00:00Z.")
        }
        return time
    }

    var isDryRun: Bool { dryRun }
}

struct TrustListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the keys that this host knows.")

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run(_ host: AppHost, _ console: Console) async throws {
        let keys = try host.trust()
        console.show(["schema": 1, "keys": keys])
        if keys.isEmpty { return console.note("no key is trusted; 'apphost trust add KEY.pub --name NAME' trusts one") }
        var rows = keys.map(\.cells)
        rows.insert(["KEY", "NAME", "STATUS", "FOR", "APPS", "VALID"], at: 0)
        console.say(Table.text(rows))
    }
}

struct TrustStatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Move a key through its life: active, retiring, retired, revoked.",
        discussion: """
            A retiring key admits nothing new and carries its apps over to the next key; a retired one stands for what \
            is installed; a revoked one stands for nothing, for good.

                apphost trust status notes retiring

            EXIT STATUS: 0 done · 66 no such key · 77 a revoked key stays revoked
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "Its name, its keyid, or the first 8 or more digits of that.")
    var key: String

    @Argument(help: "active, retiring, retired or revoked.", completion: .list(TrustEntry.statuses))
    var status: String

    @Flag(help: "Say what would be, and change nothing.")
    var dryRun = false

    func validate() throws {
        guard TrustEntry.statuses.contains(status) else {
            throw ValidationError("'\(status)' is no status; there are active, retiring, retired and revoked.")
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        let key = try host.setTrust(key, to: status, dryRun: dryRun)
        console.show(["schema": 1, "key": key])
        console.say("\(key.name) (\(key.keyid)) is \(key.status)")
    }

    var isDryRun: Bool { dryRun }
}
