import ArgumentParser
import HostModel
import Hosting

struct StatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what runs of apps.",
        discussion: """
            An app runs while its supervisor does, or any process that was started by it. 'left behind' is one whose \
            supervisor was killed: it runs, but is not started again, and its output is lost; 'apphost restart' mends \
            that.

                apphost status
                apphost status notes --json

            EXIT STATUS: 0 shown · 66 no such app · 3 some cannot be read
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The apps; none means all that are installed.")
    var apps: [AppID] = []

    func run(_ host: AppHost, _ console: Console) async throws {
        let (found, failures) = try host.status(apps)
        console.show(["schema": 1, "apps": found])
        if !found.isEmpty {
            console.say(
                Table.text([["APP", "STATE", "PROCESS", "SINCE", "RESTARTS", "REMARKS"]] + found.map(\.cells)))
        } else if failures.isEmpty {
            console.note("nothing is installed in \(host.rootPath)")
        }
        for failure in failures { console.warn(failure) }
        if !failures.isEmpty { throw ExitStatus(number: 3) }
    }
}
