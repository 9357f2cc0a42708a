import ArgumentParser
import HostModel
import Hosting

struct DoctorVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for anything that is not as it should be, or rebuild the bundles of an app.",
        discussion: """
            Layout, modes, records and every bundle in every slot are looked at. Without '--repair' nothing is mended.

            With it, a bundle that has all its files, and others beside them or wrong modes, is written anew from its \
            own files and exchanged with what is there, in each slot of the app. For any other damage it says what to \
            install.

                apphost doctor
                apphost doctor --repair notes --dry-run
                apphost doctor --repair notes

            EXIT STATUS: 0 sound, or rebuilt · 1 not sound · 65 a bundle cannot be rebuilt from its own files · 66 no \
            such app · 73 no room · 75 it runs, or another update is under way · 77 no key vouches for it any more, or a \
            listed file may not be read · 3 some were rebuilt, and some cannot be
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Option(help: ArgumentHelp("Rebuild the bundles of this app.", valueName: "app"))
    var repair: AppID?

    func validate() throws {
        guard repair != nil || (!change.dryRun && !change.wait) else {
            throw ValidationError("'--dry-run' and '--wait' go with '--repair'.")
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        if let repair { return try await rebuild(repair, host, console) }
        let report = try host.examine(options: ChangeArguments.looking(console))
        console.show(report.json)
        for finding in report.findings {
            let place = finding.place.isEmpty ? host.rootPath : finding.place
            console.say("\(finding.severity.rawValue): \(printable(place)) \(printable(finding.text))")
        }
        if report.isSound { return console.note("\(printable(host.rootPath)) is sound") }
        throw ExitStatus(number: FailureCode.hostUnsound.exitStatus)
    }

    private func rebuild(_ app: AppID, _ host: AppHost, _ console: Console) async throws {
        let report = try await host.repair(app, options: change.options(console))
        for result in report.results {
            switch result.outcome {
            case .done: console.sayDone(printable(result.message))
            case .unchanged: console.note(result.message)
            case .failed: break
            }
        }
        console.show(["schema": 1, "results": report.results])
        guard let first = report.failures.first else { return }
        if !console.json { for failure in report.failures { _ = Console.report(failure, asJSON: false) } }
        throw ExitStatus(number: report.changed ? 3 : first.code.exitStatus)
    }

    var isDryRun: Bool { change.dryRun }
}
