import ArgumentParser
import HostModel
import Hosting

struct UpdateVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Replace an installed bundle by another, or stage it for later.",
        discussion: """
            What was installed is kept for 'apphost rollback'. The app's data and configuration are not touched.

                apphost update notes --from ./notes-1.1.zip
                apphost update notes --from ./notes-1.1.zip --stage

            EXIT STATUS: 0 updated, or nothing to do · 65 the bundle contradicts itself · 66 no such app or source · \
            73 no room · 74 disk error · 75 another update is under way · 77 not trusted, or not consented to · \
            3 updated, but incomplete
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments
    @OptionGroup var accept: AcceptArguments

    @Argument(help: "The app.")
    var app: AppID?

    @Option(help: ArgumentHelp("The bundle: an archive or a directory.", valueName: "source"), completion: .file())
    var from: String?

    @Flag(help: "Put it aside for 'apphost apply' instead of installing it.")
    var stage = false

    @Option(help: ArgumentHelp("Refuse any bundle but the one with this digest.", valueName: "digest"))
    var expect: String?

    func validate() throws {
        if let from, !InstallSource.isPath(from) {
            throw ValidationError(
                "'--from' takes a path, which has a '/' or ends as an archive does, not '\(from)'.")
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        guard let app, let from else {
            throw LaterVerbs.Refusal(
                message: "updating without '--from SOURCE' needs catalogs, which this version does not have")
        }
        let expected = try expect.map { text in
            guard let digest = ContentDigest(hex: text) else { throw ValidationError("'\(text)' is no digest.") }
            return digest
        }
        let options = try change.options(console, accept: accept)
        console.show([try await host.update(app, from: from, onlyStage: stage, expect: expected, options: options)])
    }

    var isDryRun: Bool { change.dryRun }
}
