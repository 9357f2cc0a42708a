import ArgumentParser
import HostModel
import Hosting

struct StartVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start apps, now and after every boot.",
        discussion: """
            What is installed is verified first. An app runs under a small supervisor that outlives this command, keeps \
            its output for 'apphost logs', and starts it again after a failure as its manifest says. This returns once \
            the app has lived for a second.

                apphost start notes
                apphost start --wanted       what a boot does: starts all that was started and not stopped

            EXIT STATUS: 0 started, or runs already · 1 it ended at once, or cannot be executed · 64 it is a bundle of \
            files · 65 its bundle is damaged · 66 no such app · 75 it is being changed · 77 no key vouches for it any \
            more · 78 a value is missing, or who it is to run as · 3 some done, some failed
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The apps.")
    var apps: [AppID] = []

    @Flag(help: "Every app that was started and not stopped since.")
    var wanted = false

    func validate() throws {
        guard apps.isEmpty == wanted else { throw ValidationError("Name the apps, or give '--wanted'.") }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        let options = try change.options(console)
        if !wanted { return try await console.forEach(apps, .start) { try await host.start($0, options: options) } }
        var outcome = ManyOutcome()
        try await host.startWanted(options: options) { app, result in outcome.add(app, .start, result) }
        console.show(outcome.results)
        try outcome.finish(console)
    }

    var isDryRun: Bool { change.dryRun }
}

extension Console {
    /// Does the same to each of some apps, and shows what became of them. The failure of one stops no other.
    func forEach(
        _ apps: [AppID], _ action: ChangeResult.Action, _ body: (AppID) async throws -> ChangeResult
    ) async throws {
        if apps.count == 1 { return show([try await body(apps[0])]) }
        var outcome = ManyOutcome()
        for app in apps { await outcome.add(app, action) { try await body(app) } }
        show(outcome.results)
        try outcome.finish(self)
    }
}
