import ArgumentParser
import HostModel
import Hosting

struct StopVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop apps, and do not start them after a boot.",
        discussion: """
            Every process of the app gets the signal that its manifest names, and SIGKILL after its time. What its \
            supervisor lost is found and ended too. A restart that is pending is cancelled.

                apphost stop notes
                apphost stop --all --keep-wanted      what a shutdown does

            EXIT STATUS: 0 stopped, or was not running · 1 something of it lives on · 66 no such app · 75 it is being \
            changed · 3 some done, some failed
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The apps.")
    var apps: [AppID] = []

    @Flag(help: "Every app that runs.")
    var all = false

    @Flag(help: "Start them again after the next boot.")
    var keepWanted = false

    func validate() throws {
        guard apps.isEmpty == all else { throw ValidationError("Name the apps, or give '--all'.") }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        let options = try change.options(console)
        let apps = try all ? host.status([]).apps.filter(\.isAlive).map(\.id) : apps
        try await console.forEach(apps, .stop) {
            try await host.stop($0, staysWanted: keepWanted, options: options)
        }
    }

    var isDryRun: Bool { change.dryRun }
}
