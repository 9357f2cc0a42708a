import ArgumentParser
import HostModel
import Hosting

struct ReviewVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review", abstract: "Say of bundles that you looked at them.", subcommands: [ReviewSignVerb.self])
}

struct ReviewSignVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a review of a bundle.",
        discussion: """
            All of the bundle is read and checked against its own inventory. The receipt is of this very file: packed \
            again, it needs another. It counts on hosts that trust the key for reviews ('apphost trust add KEY.pub \
            --for review'), once a catalog lists it ('apphost catalog publish --receipt').

                apphost key new reviewer.key
                apphost review sign notes-1.2.0.tar.zst --key reviewer.key --status reviewed -o review.json
                apphost review sign notes-1.2.0.tar.zst --key reviewer.key --status caution --policy careful@2 \\
                  --note "Opens a port." --expires 2027-05-01 -o review.json

            EXIT STATUS: 0 signed · 64 no host could read it, or it expires before now · 65 the bundle contradicts \
            itself, or the file is no key · 66 no such bundle or key · 73 the name is taken by something that is no \
            receipt, or no room
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "An archive, as 'apphost pack' makes it.", completion: .file())
    var bundle: String

    @Option(help: "The reviewer's private key.", completion: .file())
    var key: String

    @Option(
        help: ArgumentHelp(
            "What the review came to: \(Reviewing.verdicts.joined(separator: ", ")).", valueName: "status"),
        completion: .list(Reviewing.verdicts))
    var status: String

    @Option(help: ArgumentHelp("The rules that were followed; 'unnamed@1' without it.", valueName: "id@version"))
    var policy: Reviewing.PolicyName?

    @Option(help: ArgumentHelp("A sentence to it.", valueName: "text"))
    var note: String?

    @Option(name: .customLong("evidence-uri"), help: ArgumentHelp("Where the reasons are: https:…", valueName: "url"))
    var evidenceURI: String?

    @Option(
        name: .customLong("evidence-sha256"), help: ArgumentHelp("The SHA-256 of what is there.", valueName: "digest"))
    var evidenceSHA256: String?

    @Option(
        help: ArgumentHelp(
            "The last day on which it counts: 2027-05-01; or the first moment at which it does not, with its time.",
            valueName: "date"))
    var expires: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write the receipt.", valueName: "file"))
    var output: String

    @Flag(help: "Check everything and write nothing.")
    var dryRun = false

    func validate() throws {
        guard Reviewing.verdicts.contains(status) else {
            let all = Reviewing.verdicts.joined(separator: ", ")
            throw ValidationError("'\(status)' is nothing that a review comes to; there are \(all).")
        }
        _ = try evidenceSHA256.map(digest)
        _ = try expires.map(end)
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        var options = ChangeArguments.looking(console)
        options.dryRun = dryRun
        let opinion = Reviewing.Opinion(
            verdict: status, policy: policy ?? .unnamed, note: note, evidenceURI: evidenceURI,
            evidenceSHA256: try evidenceSHA256.map(digest), expiresAt: try expires.map(end))
        let outcome = try Reviewing(archiveReader: .ownProgram).sign(
            bundle, keyFile: key, opinion: opinion, output: output, options: options)
        guard case .object(let members) = outcome.json else { return }
        console.show(.object([.init("schema", 1.json)] + members))
        let prefix = dryRun ? "dry run, nothing was changed: " : ""
        console.say(
            "\(prefix)signed '\(outcome.verdict)' of \(outcome.app) \(outcome.version) as \(printable(outcome.output))")
        console.note("file \(outcome.sha256)")
        console.note("by \(outcome.signer)")
    }

    private func digest(_ text: String) throws -> ContentDigest {
        guard let digest = ContentDigest(hex: text) else {
            throw ValidationError("'\(text)' is no SHA-256 of 64 lower-case hexadecimal digits.")
        }
        return digest
    }

    /// A date alone means all of that day.
    private func end(_ text: String) throws -> Timestamp {
        guard let moment = Timestamp(text) else {
            throw ValidationError("'\(text)' is no date such as 2027-05-01 or 2027-05-01T10:00:00Z.")
        }
        return text.utf8.count == 10 ? Timestamp(seconds: moment.seconds + 86_400) : moment
    }

    var isDryRun: Bool { dryRun }
    var recoversFirst: Bool { false }
}

extension Reviewing.PolicyName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
