import ArgumentParser
import HostModel
import Hosting

struct CatalogInitVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Start a catalog, a directory to be served as it is.",
        discussion: """
            Any TUF client can follow it. One key signs everything, unless '--root-key' gives root a key of its own, \
            which can then be kept offline: it is needed again only to resign root.

                apphost key new catalog.key
                apphost catalog init ./site --key catalog.key
                apphost catalog init ./site --key catalog.key --root-key root.key --bins 256

            EXIT STATUS: 0 started · 64 no such number of bins · 65 no key · 66 no such key · 73 there is a catalog \
            already
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The catalog's directory; made where there is none.", completion: .directory)
    var directory: String

    @Option(help: "The private key that signs what is published.", completion: .file())
    var key: String

    @Option(help: "The private key that signs root; without it, the same.", completion: .file())
    var rootKey: String?

    @Option(
        help: ArgumentHelp(
            "Spread the bundles over so many files of metadata: 2, 4, 8 … 4096. For catalogs of thousands.",
            valueName: "number"))
    var bins: Int?

    @OptionGroup var lifetimes: LifetimeArguments

    @Flag(help: "Check everything and write nothing.")
    var dryRun = false

    func run(_ host: AppHost, _ console: Console) async throws {
        let outcome = try CatalogPublishing().initCatalog(
            directory, keyFile: key, rootKeyFile: rootKey, bins: bins, days: lifetimes.days, dryRun: dryRun)
        console.show(outcome.json)
        guard let fingerprint = outcome.rootFingerprint else {
            return console.say("dry run, nothing was changed: a catalog can be started in \(printable(directory))")
        }
        console.say("started a catalog in \(printable(directory))")
        console.say("root \(fingerprint)")
        console.note("serve the directory over https; a host follows it with one of")
        console.note("  apphost catalog add NAME URL --fingerprint \(fingerprint)")
        console.note("  apphost catalog add NAME URL --root root.json")
        console.note("where root.json is \(printable(directory))/metadata/root.json, which it got from you")
        if rootKey == nil { console.note("root has the same key; '--root-key FILE' gives it one to be kept offline") }
    }

    var isDryRun: Bool { dryRun }
    var recoversFirst: Bool { false }
}

struct CatalogPublishVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "List bundles in a catalog, or take versions out of it.",
        discussion: """
            All of each bundle is read and checked against its own inventory; what the catalog says of it is what its \
            manifest says. A published file never changes: the same one again renews what is said of it, another one \
            under its name is refused. Clients see all of it at once, or nothing.

                apphost catalog publish ./site notes-1.2.0.tar.zst --key catalog.key
                apphost catalog publish ./site notes-1.2.0.tar.zst --receipt review.json --key catalog.key
                apphost catalog publish ./site --withdraw notes@1.2.0 --key catalog.key

            EXIT STATUS: 0 published · 65 a bundle contradicts itself, a receipt is none, or the key is not the \
            catalog's · 66 no such catalog, bundle, receipt, key or version · 73 published with another content, or no \
            room · 75 another command publishes there · 77 a receipt is of something else
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The catalog's directory.", completion: .directory)
    var directory: String

    @Argument(help: "Archives, as 'apphost pack' makes them.", completion: .file())
    var bundles: [String] = []

    @Option(help: "The private key that the catalog was started with.", completion: .file())
    var key: String

    @Option(
        name: .customLong("withdraw"),
        help: ArgumentHelp("Take every bundle of a version out; may be repeated.", valueName: "id@version"))
    var withdrawals: [String] = []

    @Option(help: "The channel; 'stable' without it.", completion: .list(["stable", "beta"]))
    var channel: AppID?

    @Option(help: ArgumentHelp("What changed, in a sentence.", valueName: "text"))
    var changelog: String?

    @Option(
        name: .customLong("changelog-url"), help: ArgumentHelp("Where more is said of what changed.", valueName: "url"))
    var changelogURL: String?

    @Option(help: ArgumentHelp("Mark it as deprecated, and say why.", valueName: "text"))
    var deprecated: String?

    @Option(
        help: ArgumentHelp(
            "The publisher's own claim: \(CatalogPublishing.reviewStatuses.joined(separator: ", ")).",
            valueName: "status"),
        completion: .list(CatalogPublishing.reviewStatuses))
    var reviewStatus: String?

    @Option(help: ArgumentHelp("A note to that claim.", valueName: "text"))
    var reviewNote: String?

    @Option(
        name: .customLong("receipt"),
        help: ArgumentHelp(
            "A review of one of the bundles, as 'apphost review sign' writes it; may be repeated.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var receipts: [String] = []

    @OptionGroup var lifetimes: LifetimeArguments

    @Flag(help: "Check everything and write nothing.")
    var dryRun = false

    func validate() throws {
        guard !bundles.isEmpty || !withdrawals.isEmpty else {
            throw ValidationError("Name a bundle to publish, or a version with '--withdraw ID@VERSION'.")
        }
        _ = try withdrawals.map(withdrawal)
        if let reviewStatus, !CatalogPublishing.reviewStatuses.contains(reviewStatus) {
            let all = CatalogPublishing.reviewStatuses.joined(separator: ", ")
            throw ValidationError("'\(reviewStatus)' is no status of a review; there are \(all).")
        }
        if reviewNote != nil, reviewStatus == nil {
            throw ValidationError("'--review-note' is a note to '--review-status', which is missing.")
        }
        if !receipts.isEmpty, bundles.isEmpty {
            throw ValidationError("'--receipt' goes with the bundle that it is of, which is missing.")
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        var options = ChangeArguments.looking(console)
        options.dryRun = dryRun
        let details = CatalogPublishing.Details(
            channel: channel, changelog: changelog, changelogURL: changelogURL, deprecated: deprecated,
            reviewStatus: reviewStatus, reviewNote: reviewNote)
        let outcome = try CatalogPublishing(archiveReader: .ownProgram).publish(
            directory, bundles: bundles, withdrawing: try withdrawals.map(withdrawal), keyFile: key, details: details,
            receipts: receipts, days: lifetimes.days, options: options)
        console.show(outcome.json)
        let prefix = dryRun ? "dry run, nothing was changed: " : ""
        for bundle in outcome.published {
            let channel = bundle.channel == "stable" ? "" : " in \(bundle.channel)"
            console.say("\(prefix)published \(bundle.id) \(bundle.version)\(channel) as \(printable(bundle.path))")
        }
        for (id, version) in outcome.withdrawn { console.say("\(prefix)withdrew \(id) \(version)") }
        console.note(Table.text(CatalogPublishOutput.rows(outcome)))
    }

    private func withdrawal(_ text: String) throws -> (id: AppID, version: BundleVersion) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let id = AppID(String(parts[0])), let version = BundleVersion(String(parts[1])) else {
            throw ValidationError("'\(text)' is no version of an app, such as notes@1.2.0.")
        }
        return (id, version)
    }

    var isDryRun: Bool { dryRun }
    var recoversFirst: Bool { false }
}

struct CatalogResignVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "resign", abstract: "Sign a catalog again before it expires, and show how long it lives.",
        discussion: """
            Renews each role that has lived half of its time, and what lists it. Run it from a timer, once a day: a \
            catalog that expired is refused by every client. Root is renewed where its key is given.

                apphost catalog resign ./site --key catalog.key
                apphost catalog resign ./site --key catalog.key --root-key root.key --all

            EXIT STATUS: 0 done, or nothing to do · 65 the key is not the catalog's · 66 no such catalog or key · 75 \
            another command publishes there
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The catalog's directory.", completion: .directory)
    var directory: String

    @Option(help: "The private key that the catalog was started with.", completion: .file())
    var key: String

    @Option(help: "The private key that signs root, where it has one of its own.", completion: .file())
    var rootKey: String?

    @Flag(help: "Renew every role now.")
    var all = false

    @OptionGroup var lifetimes: LifetimeArguments

    @Flag(help: "Say what would be renewed, and write nothing.")
    var dryRun = false

    func run(_ host: AppHost, _ console: Console) async throws {
        let outcome = try CatalogPublishing().resign(
            directory, keyFile: key, rootKeyFile: rootKey, all: all, days: lifetimes.days, dryRun: dryRun,
            warn: { console.warn($0) })
        console.show(outcome.json)
        if dryRun { console.note("dry run, nothing was changed; this is what would be") }
        console.say(Table.text(CatalogPublishOutput.rows(outcome)))
    }

    var isDryRun: Bool { dryRun }
    var recoversFirst: Bool { false }
}

/// `--days`, wherever something is signed.
struct LifetimeArguments: ParsableArguments {
    @Option(
        name: .customLong("days"),
        help: ArgumentHelp(
            "How long a role counts once signed: root=365, targets=90, snapshot=30, timestamp=30. May be repeated.",
            valueName: "role=number"))
    var days: [RoleDays] = []
}

extension RoleDays: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    public static var defaultCompletionKind: CompletionKind { .list(roles.map { $0 + "=" }) }
}

private enum CatalogPublishOutput {
    static func rows(_ outcome: CatalogOutcome) -> [[String]] {
        [["ROLE", "VERSION", "EXPIRES", "DAYS", "SIGNED"]] + outcome.rows
    }
}
