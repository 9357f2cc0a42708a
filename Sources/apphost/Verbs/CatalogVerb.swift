import ArgumentParser
import HostModel
import Hosting

struct CatalogVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "Say which catalogs this host follows; publish one.",
        subcommands: [
            CatalogAddVerb.self, CatalogListVerb.self, CatalogInfoVerb.self, CatalogRefreshVerb.self,
            CatalogRemoveVerb.self, CatalogInitVerb.self, CatalogPublishVerb.self, CatalogResignVerb.self,
        ])

    /// Of the catalogs that are known here.
    static var nameCompletion: CompletionKind {
        .shellCommand("apphost catalog list --quiet 2>/dev/null | cut -d' ' -f1")
    }

    /// What an empty list says.
    static let noneHint = "no catalog is known; 'apphost catalog add NAME URL' adds one"
}

struct CatalogAddVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Follow a catalog.",
        discussion: """
            A catalog is an 'https:' URL, an 'http:' URL of this host, a 'file:' URL or a directory. Its root says \
            whose signatures count, so it has to be genuine: give its file with '--root', or its SHA-256 with \
            '--fingerprint', as its keeper tells them. With neither, the fingerprint that the catalog serves is shown \
            and asked about on a terminal, which '--yes' does not answer; elsewhere the catalog is refused. All of it \
            is verified before it is added.

                apphost catalog add demo https://example.org/apps --fingerprint 5f2c…
                apphost catalog add demo /srv/apps --root ./root.json

            Behind this verb '--root' names the catalog's root file. The managed root of this host is named by a \
            '--root' before the verb, by '--managed-root' or by APPHOST_ROOT; also by a '--root' behind the verb that \
            is a directory, and by the first of two where neither or both are.

            EXIT STATUS: 0 added · 1 a catalog has that name · 65 the catalog or its root is not what it should be · \
            66 no such file · 69 it cannot be reached, or lacks a file · 75 another command adds or removes one · 77 \
            it expired, or nothing says that its root is genuine
            """)

    @OptionGroup(title: "Global options") var flags: GlobalFlags

    @Argument(help: "What to call it here: lower-case letters, digits, '.', '_' and '-'.")
    var name: AppID

    @Argument(help: ArgumentHelp("Where it is: a URL or a directory.", valueName: "url"), completion: .directory)
    var location: String

    @Option(
        name: .customLong("root"), help: ArgumentHelp("The catalog's root metadata file.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var roots: [String] = []

    @Option(help: ArgumentHelp("The SHA-256 of the catalog's root metadata.", valueName: "hex"))
    var fingerprint: String?

    @Option(
        name: .customLong("ca-cert"),
        help: ArgumentHelp("Trust only the authorities in this PEM file for its server.", valueName: "file"),
        completion: .file())
    var certificate: String?

    @Option(
        help: ArgumentHelp("The managed root, as '--root' before the verb.", valueName: "dir"), completion: .directory)
    var managedRoot: String?

    @Flag(help: "Try all of it, and change nothing.")
    var dryRun = false

    func validate() throws {
        guard roots.count <= (managedRoot == nil ? 2 : 1) else {
            throw ValidationError("'--root' names the catalog's root file, and at most once more the managed root.")
        }
        if let fingerprint, ContentDigest(hex: fingerprint) == nil {
            throw ValidationError("'\(printable(fingerprint))' is no SHA-256 of 64 digits in lower case.")
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        var options = ChangeArguments.looking(console)
        options.dryRun = dryRun
        let catalog = try await host.addCatalog(
            .init(
                name: name, location: location, rootFile: namedRoots.file,
                fingerprint: fingerprint.flatMap { ContentDigest(hex: $0) }, certificateFile: certificate,
                workingDirectory: Process.workingDirectory),
            options: options
        ) { [name] fingerprint in
            console.canAsk
                && console.confirm(
                    "the root of '\(name)' has the fingerprint\n  \(fingerprint)\nis it what its keeper told you?")
        }
        console.show(["schema": 1, "catalog": catalog])
        console.sayDone("added \(catalog.name): \(catalog.contents)")
        if catalog.state == .neverRefreshed {
            console.note("'apphost catalog refresh \(catalog.name)' gets what it lists")
        }
    }

    var isDryRun: Bool { dryRun }

    // MARK: '--root', which has two meanings here

    var global: GlobalOptions { GlobalOptions(root: namedRoots.managed, flags: flags) }

    /// The words of this verb. A `--root` before them is the managed one.
    static let words = ["catalog", "add"]

    /// What a global `--root` or `--root=DIR` is called behind this verb; anything else stays as it is.
    static func asManagedRoot(_ argument: String) -> String {
        argument == "--root" || argument.hasPrefix("--root=") ? "--managed-\(argument.dropFirst(2))" : argument
    }

    private var namedRoots: (managed: String?, file: String?) {
        if let managedRoot { return (managedRoot, roots.first) }
        guard let first = roots.first else { return (nil, nil) }
        let isManaged = Process.isDirectory(first)
        guard roots.count > 1 else {
            if isManaged { return (first, nil) }
            return (nil, first)
        }
        if !isManaged, Process.isDirectory(roots[1]) { return (roots[1], first) }
        return (first, roots[1])
    }
}

struct CatalogListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the catalogs that this host follows.",
        discussion: """
                apphost catalog list

            EXIT STATUS: 0 shown · 3 some catalogs could not be read
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run(_ host: AppHost, _ console: Console) async throws {
        let (catalogs, failures) = try host.catalogs()
        console.show(["schema": 1, "catalogs": catalogs])
        if catalogs.isEmpty, failures.isEmpty { console.note(CatalogVerb.noneHint) }
        var rows = catalogs.map(\.cells)
        if !rows.isEmpty, !console.quiet {
            rows.insert(["CATALOG", "APPS", "STATE", "REFRESHED", "EXPIRES", "FROM"], at: 0)
        }
        if !rows.isEmpty { console.say(Table.text(rows)) }
        guard !failures.isEmpty else { return }
        for failure in failures { console.warn(failure) }
        throw ExitStatus(number: 3)
    }
}

struct CatalogInfoVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show one catalog, and what in it cannot be used.",
        discussion: """
                apphost catalog info demo

            EXIT STATUS: 0 shown · 65 its files on this host cannot be read · 66 no such catalog
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The catalog.", completion: CatalogVerb.nameCompletion)
    var name: AppID

    func run(_ host: AppHost, _ console: Console) async throws {
        let detail = try host.catalog(name)
        guard case .object(let members) = detail.json else { return }
        console.show(.object([.init("schema", 1.json)] + members))
        console.say(Table.text(detail.rows.map { [$0.label, $0.value] }))
    }
}

struct CatalogRefreshVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "refresh", abstract: "Bring catalogs up to date.",
        discussion: """
            What a catalog lists is taken over once all of it was verified. Where that fails, what was verified before \
            stays, and 'apphost catalog list' says since when it fails.

                apphost catalog refresh
                apphost catalog refresh demo

            EXIT STATUS: 0 up to date · 65 not verified · 66 no such catalog · 69 it cannot be reached, or lacks a \
            file · 75 another command is at work on it · 77 it expired · 3 some done, some failed
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The catalogs; none means all.", completion: CatalogVerb.nameCompletion)
    var names: [AppID] = []

    func run(_ host: AppHost, _ console: Console) async throws {
        let results = try await host.refresh(names, options: ChangeArguments.looking(console))
        console.show(["schema": 1, "results": results])
        if results.isEmpty { console.note(CatalogVerb.noneHint) }
        for result in results where result.failure == nil { console.say(result.message) }
        let failures = results.compactMap(\.failure)
        guard let first = failures.first else { return }
        if !console.json { for failure in failures { _ = Console.report(failure, asJSON: false) } }
        throw ExitStatus(number: failures.count < results.count ? 3 : first.code.exitStatus)
    }
}

struct CatalogRemoveVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget a catalog, and the root that was trusted for it.",
        discussion: """
            What was installed from it stays installed.

                apphost catalog remove demo

            EXIT STATUS: 0 removed · 66 no such catalog · 75 another command is at work on it
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The catalog.", completion: CatalogVerb.nameCompletion)
    var name: AppID

    @Flag(help: "Say what would be, and change nothing.")
    var dryRun = false

    func run(_ host: AppHost, _ console: Console) async throws {
        var options = ChangeArguments.looking(console)
        options.dryRun = dryRun
        let apps = try host.removeCatalog(name, options: options)
        console.show(["schema": 1, "name": name, "apps": apps])
        console.sayDone("removed \(name)")
        if !apps.isEmpty {
            let ids = apps.map(\.text).joined(separator: ", ")
            console.note("installed from it, and without a catalog to get updates from now: \(ids)")
        }
    }

    var isDryRun: Bool { dryRun }
}
