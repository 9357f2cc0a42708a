import ArgumentParser
import HostModel
import Hosting

struct UpdateVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Replace installed bundles by newer ones, or stage them for later.",
        discussion: """
            An app is updated from the catalog that it came from, to the newest version of its channels or to the one \
            that is named; '--catalog' moves it to another. Catalogs are refreshed first; where that fails, what was \
            last verified is used. Nothing newer is nothing to do.

            Without a name every app is updated that nothing stands against, after one question on a terminal. Apps \
            that are held, that cool, or that somebody has to be asked about are left, with the reason and the command.

            What was installed is kept for 'apphost rollback'. The app's data and configuration are not touched. An app \
            that runs is left alone, unless '--restart' allows to stop it: then the new version is started and asked \
            whether it works, and the old one comes back where it does not.

                apphost update
                apphost update notes wiki@2.1
                apphost update notes --expect DIGEST --accept permissions
                apphost update notes --secret NOTES_TOKEN=token.txt
                apphost update notes --restart
                apphost update --stage
                apphost update notes --from ./notes-1.1.zip

            EXIT STATUS: 0 updated, or nothing to do · 4 the health gate failed, and the version before is back · 64 it came from no catalog · 65 the bundle contradicts itself \
            or its catalog · 66 no such app, version, catalog or source · 69 it cannot be fetched · 73 no room · \
            74 disk error · 75 another update is under way, or it runs · 77 not trusted, not consented to, another digest than \
            expected, a value is missing, or its catalog expired · 78 no such variable, or its catalog is not known · \
            3 updated, but incomplete; some done, some failed
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments
    @OptionGroup var accept: AcceptArguments
    @OptionGroup var values: ValueArguments
    @OptionGroup var restart: RestartArguments

    @Argument(
        help: ArgumentHelp("The apps: ID, or ID@VERSION. None means all.", valueName: "app"),
        completion: AppID.defaultCompletionKind, transform: { text in try NamedApp(text) })
    var apps: [NamedApp] = []

    @Option(
        help: ArgumentHelp("A bundle to take instead: an archive or a directory.", valueName: "source"),
        completion: .file())
    var from: String?

    @Flag(help: "Put it aside for 'apphost apply' instead of installing it.")
    var stage = false

    @Option(
        help: ArgumentHelp("The catalog to take the app from, and to follow from now on.", valueName: "name"),
        completion: .shellCommand("apphost catalog list --quiet 2>/dev/null | cut -d' ' -f1"))
    var catalog: AppID?

    @Option(help: ArgumentHelp("Refuse any bundle but the one with this digest.", valueName: "digest"))
    var expect: String?

    func validate() throws {
        if let from {
            guard InstallSource.isPath(from) else {
                throw ValidationError(
                    "'--from' takes a path, which has a '/' or ends as an archive does, not '\(from)'.")
            }
            guard apps.count == 1, apps[0].version == nil, catalog == nil else {
                throw ValidationError("'--from' goes with exactly one app, and with no version or catalog.")
            }
        }
        if stage, restart.choice != nil { throw ValidationError("'--restart' goes with what is installed now.") }
        if expect != nil, apps.count != 1 { throw ValidationError("'--expect' goes with exactly one app.") }
        if catalog != nil, apps.isEmpty { throw ValidationError("'--catalog' goes with the names of apps.") }
        if !values.isEmpty {
            guard apps.count == 1, !stage else {
                throw ValidationError(
                    "'--env' and '--secret' go with exactly one app that is installed now; 'apphost apply' takes them "
                        + "for one that was staged.")
            }
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        let expected = try expect.map { text in
            guard let digest = ContentDigest(hex: text) else { throw ValidationError("'\(text)' is no digest.") }
            return digest
        }
        let options = try change.options(
            console, accept: accept, values: values.values(host, console), restart: restart.choice)
        if apps.isEmpty { return try await updateAll(host, console, options) }
        if apps.count > 1 { return try await updateSeveral(host, console, options) }
        let app = apps[0]
        let result =
            if let from {
                try await host.update(app.id, from: from, onlyStage: stage, expect: expected, options: options)
            } else {
                try await host.update(
                    app.id, version: app.version, catalog: catalog, onlyStage: stage, expect: expected,
                    options: options)
            }
        console.show([result])
    }

    private func updateSeveral(_ host: AppHost, _ console: Console, _ options: ChangeOptions) async throws {
        try await host.refreshForUpdates(of: apps.map(\.id), catalog: catalog, options: options)
        var outcome = ManyOutcome()
        for app in apps {
            await outcome.add(app.id, action) {
                try await host.update(
                    app.id, version: app.version, catalog: catalog, onlyStage: stage, isRefreshed: true,
                    options: options)
            }
        }
        console.show(outcome.results)
        try outcome.finish(console)
    }

    private func updateAll(_ host: AppHost, _ console: Console, _ options: ChangeOptions) async throws {
        let plan = try await host.planUpdates(onlyStage: stage, options: options)
        if plan.offers.isEmpty && plan.left.isEmpty && plan.failures.isEmpty { console.note("nothing to update") }
        if !plan.offers.isEmpty {
            console.note(table(of: plan.offers))
            let question = "\(stage ? "stage" : "install") \(plan.offers.count == 1 ? "it" : "them")?"
            if console.canAsk, !console.yes, !change.dryRun, !console.confirm(question) {
                console.show([], left: plan.left)
                return console.note("nothing was changed")
            }
        }
        var outcome = ManyOutcome()
        for offer in plan.offers {
            await outcome.add(offer.app, action) {
                try await host.update(
                    offer.app, version: nil, catalog: nil, onlyStage: stage, expect: offer.digest, isRefreshed: true,
                    options: options)
            }
        }
        for trouble in plan.failures { await outcome.add(trouble.app, action) { throw trouble.failure } }
        console.show(outcome.results, left: plan.left)
        try outcome.finish(console)
    }

    private func table(of offers: [UpdateOffer]) -> String {
        let rows = offers.map { offer in
            [
                offer.app.text, offer.from?.text ?? "-", offer.to.text, offer.catalog.text,
                ProgressLine.bytes(offer.downloadBytes),
            ]
        }
        return Table.text([["APP", "INSTALLED", "UPDATE", "CATALOG", "DOWNLOAD"]] + rows)
    }

    private var action: ChangeResult.Action { stage ? .stage : .update }

    var isDryRun: Bool { change.dryRun }
}

/// An app as an operator names it: `ID`, or `ID@VERSION`.
struct NamedApp: Sendable, Equatable {
    let id: AppID
    /// Nil for the newest.
    let version: BundleVersion?

    /// - Throws: a `ValidationError` that follows a colon.
    init(_ text: String) throws {
        guard case .app(let id, let version) = try InstallSource(text) else {
            throw ValidationError("it is a path; '--from' takes a bundle from there.")
        }
        self.id = id
        self.version = version
    }
}
