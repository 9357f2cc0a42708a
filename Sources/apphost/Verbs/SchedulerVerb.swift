import ArgumentParser
import HostModel
import Hosting

struct SchedulerVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler", abstract: "Refresh catalogs and check apps when it is time, and act on policies.",
        subcommands: [SchedulerRunVerb.self, SchedulerStatusVerb.self])

    /// What is said where nothing can be due.
    static let noneHint = "there is no catalog and no app to look at"
}

struct SchedulerRunVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Do what is due, once.",
        discussion: """
            Catalogs are refreshed and apps checked, each when its time has come; then the candidates that an app's \
            policy wants are staged or applied. No app is stopped for that, and nothing is consented to. What is not \
            due is left; so is everything while another scheduler is at work here. For a timer.

                apphost scheduler run
                apphost settings scheduler.checkSeconds=7200

            EXIT STATUS: 0 done, nothing was due, or another one does it · 3 some done, some failed · 64 with \
            '--offline' · 73 no room to keep what was done · 74 disk error · 77 the root is another user's · 78 a \
            setting is not what it should be · else why everything failed that was due
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run(_ host: AppHost, _ console: Console) async throws {
        let report = try await host.runScheduler(options: ChangeArguments.looking(console))
        console.show(report.json)
        for sentence in report.sentences { console.say(printable(sentence)) }
        let failures = report.failures
        guard let first = failures.first else { return console.note(closing(report)) }
        if !console.json { for failure in failures { _ = Console.report(failure, asJSON: false) } }
        throw ExitStatus(number: report.sentences.isEmpty ? first.code.exitStatus : 3)
    }

    private func closing(_ report: SchedulerReport) -> String {
        switch report.status {
        case .disabled: return "nothing is done by itself; 'apphost settings scheduler.enabled=true' changes that"
        case .busy: return "nothing was done: another scheduler is at work here"
        case .done:
            guard let next = report.nextDue else { return SchedulerVerb.noneHint }
            return (report.sentences.isEmpty ? "nothing was due; " : "") + "the next is due at \(next)"
        }
    }
}

struct SchedulerStatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show when each catalog and app was looked at, and will be.",
        discussion: """
                apphost scheduler status

            EXIT STATUS: 0 shown · 3 some could not be read
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run(_ host: AppHost, _ console: Console) async throws {
        let status = try host.schedulerStatus()
        console.show(status.json)
        if !status.isEnabled { console.note("the scheduler is disabled (scheduler.enabled=false)") }
        var rows = status.cells
        if rows.isEmpty, status.failures.isEmpty { console.note(SchedulerVerb.noneHint) }
        if !rows.isEmpty, !console.quiet { rows.insert(["KIND", "NAME", "STATUS", "LAST", "RESULT", "NEXT"], at: 0) }
        if !rows.isEmpty { console.say(Table.text(rows)) }
        guard !status.failures.isEmpty else { return }
        for failure in status.failures { console.warn(failure) }
        throw ExitStatus(number: 3)
    }
}
