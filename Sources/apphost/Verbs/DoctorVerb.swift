import ArgumentParser
import HostModel
import Hosting

struct DoctorVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look for anything that is not as it should be.",
        discussion: """
            Layout, modes, records and every bundle in every slot are looked at. Nothing is mended.

                apphost doctor

            EXIT STATUS: 0 sound · 1 not
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run(_ host: AppHost, _ console: Console) async throws {
        let findings = try host.examine(options: ChangeArguments.looking(console))
        let isSound = !findings.contains { $0.severity == .problem }
        console.show(["schema": 1, "sound": isSound, "findings": findings])
        for finding in findings {
            let place = finding.place.isEmpty ? host.rootPath : finding.place
            console.say("\(finding.severity.rawValue): \(printable(place)) \(printable(finding.text))")
        }
        if isSound { return console.note("\(printable(host.rootPath)) is sound") }
        throw ExitStatus(number: FailureCode.hostUnsound.exitStatus)
    }
}
