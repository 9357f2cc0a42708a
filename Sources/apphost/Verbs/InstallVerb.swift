import ArgumentParser
import HostModel
import Hosting

struct InstallVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install a bundle.",
        discussion: """
            Every byte is verified before anything is installed. Installing what is installed already verifies it, and \
            repairs it where it is damaged.

                apphost install ./notes-1.0.tar.zst
                apphost install ./notes/ --accept unsigned

            EXIT STATUS: 0 installed, or installed already · 1 another bundle of the app is installed · 65 the bundle \
            contradicts itself · 66 no such source · 73 no room · 74 disk error · 75 another update is under way · \
            77 not trusted, or not consented to · 78 the root cannot be used
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments
    @OptionGroup var accept: AcceptArguments

    @Argument(
        help: "An archive (.zip, .tar, .tar.gz, .tar.zst, .tar.xz) or a directory.", completion: .file())
    var source: String

    func run(_ host: AppHost, _ console: Console) async throws {
        try SourceArgument.check(source)
        console.show([try await host.install(source, options: change.options(console, accept: accept))])
    }

    var isDryRun: Bool { change.dryRun }
}

/// What may stand where a source is asked for.
enum SourceArgument {
    /// With a `/` or an archive's suffix it is a path, else a name in a catalog.
    static func check(_ source: String) throws {
        let suffixes = [".zip", ".tar", ".tar.gz", ".tar.zst", ".tar.xz"]
        guard source.contains("/") || suffixes.contains(where: source.hasSuffix) else {
            throw HostError.sourceMayComeLater(source)
        }
        if source.contains("://") { throw HostError.sourceMayComeLater(source) }
    }
}
