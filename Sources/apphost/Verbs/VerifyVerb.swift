import ArgumentParser
import HostModel
import Hosting

struct VerifyVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify installed bundles to their last byte.",
        discussion: """
            Content, names and modes are compared with the signed inventory, and the signatures with the trusted keys.

                apphost verify notes
                apphost verify --all-slots

            EXIT STATUS: 0 everything is sound · 65 something is not · 66 no such app
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The apps; none means all.")
    var apps: [AppID] = []

    @Flag(help: "Also what is staged, and what can be rolled back to.")
    var allSlots = false

    func run(_ host: AppHost, _ console: Console) async throws {
        let options = ChangeArguments.looking(console)
        let found = try host.verify(apps, allSlots: allSlots, options: options)
        console.show(["schema": 1, "sound": found.allSatisfy(\.isSound), "results": found])
        for verification in found {
            let place = "\(verification.app) \(verification.version?.text ?? "") in \(verification.slot)/"
            if verification.isSound {
                console.note("\(place): sound")
                continue
            }
            console.say(
                "\(place): \(verification.problems.count == 1 ? "1 problem" : "\(verification.problems.count) problems")"
            )
            for problem in verification.problems { console.say("  " + printable(problem)) }
        }
        let unsound = found.filter { !$0.isSound }
        guard let first = unsound.first else { return }
        if !console.json {
            console.note("installing the same bundle again repairs \(first.app)")
        }
        throw ExitStatus(number: FailureCode.bundleDamaged.exitStatus)
    }
}
