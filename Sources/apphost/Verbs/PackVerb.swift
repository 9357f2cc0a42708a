import ArgumentParser
import HostModel
import Hosting

struct PackVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "pack", abstract: "Pack a directory into an archive.",
        discussion: """
            The archive's bytes depend on nothing but the directory's content. The directory is only read; with '--key' \
            the archive has what 'apphost sign' would have written.

                apphost pack ./notes -o notes-1.0.tar.zst --key notes.key

            EXIT STATUS: 0 packed · 65 the directory is no bundle, or its signatures are stale · 66 no such directory \
            or key · 73 no room
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The bundle's directory.", completion: .directory)
    var directory: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The archive; its suffix chooses the format.", valueName: "file"))
    var output: String

    @Option(help: "The private key to sign with.", completion: .file())
    var key: String?

    @Flag(inversion: .prefixedNo, help: "Allow paths that differ in letter case alone.")
    var caseSensitive: Bool?

    @Flag(help: "Check everything and write nothing.")
    var dryRun = false

    func run(_ host: AppHost, _ console: Console) async throws {
        let outcome = try Publishing().pack(
            directory, output: output, keyFile: key, caseSensitive: caseSensitive, dryRun: dryRun,
            progress: console.progress)
        PublishOutput.show(outcome, "packed", console)
    }

    var isDryRun: Bool { dryRun }
    var recoversFirst: Bool { false }
}
