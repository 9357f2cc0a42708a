import ArgumentParser
import HostModel
import Hosting

struct InstallVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install a bundle.",
        discussion: """
            What has a '/' or ends as an archive does is a path, anything else an app in a catalog: its newest version \
            in the channel 'stable' that is made for this host, or the one that is named. Catalogs are refreshed \
            first; where that fails, what was last verified is used. A catalog that expired installs nothing.

            Every byte is verified before anything is installed. Installing what is installed already verifies it, and \
            repairs it where it is damaged.

                apphost install ./notes-1.0.tar.zst
                apphost install ./notes/ --accept unsigned
                apphost install notes
                apphost install notes@1.0 --catalog demo
                apphost install notes --env NOTES_THEME=dark --secret NOTES_TOKEN=token.txt

            EXIT STATUS: 0 installed, or installed already · 1 another bundle of the app is installed · 64 several \
            catalogs list the app · 65 the bundle contradicts itself or its catalog · 66 no such source, app, version \
            or catalog · 69 it cannot be fetched · 73 no room · 74 disk error · 75 another update is under way · \
            77 not trusted, not consented to, not for this host, or its catalog expired · 78 the root cannot be used, \
            or there is no catalog
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments
    @OptionGroup var accept: AcceptArguments
    @OptionGroup var values: ValueArguments

    @Argument(
        help: """
            An archive (.zip, .tar, .tar.gz, .tar.zst, .tar.xz), a directory, or an app in a catalog: ID, or \
            ID@VERSION.
            """,
        completion: .file(), transform: { text in try InstallSource(text) })
    var source: InstallSource

    @Option(
        help: ArgumentHelp("The catalog to take the app from.", valueName: "name"),
        completion: .shellCommand("apphost catalog list --quiet 2>/dev/null | cut -d' ' -f1"))
    var catalog: AppID?

    func validate() throws {
        if catalog != nil, case .path = source {
            throw ValidationError("'--catalog' goes with an app's id, not with a path.")
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        let options = try change.options(console, accept: accept, values: values.values(host, console))
        let result =
            switch source {
            case .path(let path): try await host.install(path, options: options)
            case .app(let id, let version):
                try await host.install(id, version: version, catalog: catalog, options: options)
            }
        console.show([result])
        if !change.dryRun { console.showMissingVariables(host, of: result.app) }
    }

    var isDryRun: Bool { change.dryRun }
}
