import ArgumentParser
import HostModel
import Hosting

struct SignVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Write a directory's inventory and sign it.",
        discussion: """
            Adds or replaces this key's signature. Signatures over another inventory are dropped. Twice gives the same \
            bytes.

                apphost sign ./notes --key notes.key

            EXIT STATUS: 0 signed · 65 the directory is no bundle, or the file no key · 66 no such directory or key
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The bundle's directory.", completion: .directory)
    var directory: String

    @Option(help: "The private key.", completion: .file())
    var key: String

    @Flag(inversion: .prefixedNo, help: "Allow paths that differ in letter case alone.")
    var caseSensitive: Bool?

    @Flag(help: "Check everything and write nothing.")
    var dryRun = false

    func run(_ host: AppHost, _ console: Console) async throws {
        let outcome = try Publishing().sign(
            directory, keyFile: key, caseSensitive: caseSensitive, dryRun: dryRun, progress: console.progress)
        PublishOutput.show(outcome, "signed", console)
    }

    var isDryRun: Bool { dryRun }
    var recoversFirst: Bool { false }
}

enum PublishOutput {
    static func show(_ outcome: Publishing.Outcome, _ verb: String, _ console: Console) {
        guard case .object(let members) = outcome.json else { return }
        console.show(.object([.init("schema", 1.json)] + members))
        console.say(
            "\(verb) \(outcome.app) \(outcome.version): \(outcome.files) files, \(ProgressLine.bytes(outcome.bytes))")
        console.note("digest \(outcome.digest)")
        if outcome.keyids.isEmpty { console.note("nobody signed it; '--key FILE' does") }
    }
}
