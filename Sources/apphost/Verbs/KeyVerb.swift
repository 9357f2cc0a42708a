import ArgumentParser
import HostModel
import Hosting

struct KeyVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make keys.", subcommands: [KeyNewVerb.self])
}

struct KeyNewVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a key pair to sign bundles with.",
        discussion: """
            Writes FILE, the private key (PKCS#8 PEM, 0600), and FILE.pub, which is what hosts trust.

                apphost key new notes.key

            EXIT STATUS: 0 made · 73 a file of that name is there
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "Where to write it.", completion: .file())
    var file: String

    func run(_ host: AppHost, _ console: Console) async throws {
        let keyid = try Publishing().newKey(at: file)
        console.show(["schema": 1, "keyid": keyid, "privateKey": file, "publicKey": file + ".pub"])
        console.say("wrote \(printable(file)) and \(printable(file)).pub (\(keyid.prefix(12)))")
    }

    var recoversFirst: Bool { false }
}
