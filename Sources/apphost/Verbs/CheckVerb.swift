import ArgumentParser
import HostModel
import Hosting

struct CheckVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Show what could be updated, what would change, and who may do it.",
        discussion: """
            The catalogs are refreshed first; where that fails, what was last verified is used. Nothing is downloaded, \
            staged or applied. A problem with one app is its status, and stops no other.

            All apps are shown as a table: CHANGES is what would be added or dropped, MAY is what a policy could do \
            without anybody looking, or what keeps it from that. One app that is named is shown with everything that \
            should be known before it is updated.

                apphost check
                apphost check notes
                apphost check --offline --json

            EXIT STATUS: 0 checked, whatever was found · 66 no such app · 78 a setting is not what it should be
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The apps; none means all.")
    var apps: [AppID] = []

    func run(_ host: AppHost, _ console: Console) async throws {
        let report = try await host.check(apps, options: ChangeArguments.looking(console))
        console.show(report.json)
        if apps.count == 1, let only = report.apps.first {
            console.say(Table.text(only.rows(size: ProgressLine.bytes).map { [$0.label, $0.value] }))
        } else if report.apps.isEmpty {
            console.note(ListVerb.emptyHint(host))
        } else {
            console.say(report.apps)
        }
        console.noteAges(of: report)
    }
}

struct OutdatedVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "outdated", abstract: "Show the apps that something newer is listed for.",
        discussion: """
            As 'apphost check', with those apps alone.

                apphost outdated
                apphost outdated --exit-code || apphost update

            EXIT STATUS: 0 shown · 100 with '--exit-code', where there are any · 78 a setting is not what it should be
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Flag(help: "End with status 100 where there are any.")
    var exitCode = false

    func run(_ host: AppHost, _ console: Console) async throws {
        let report = try await host.check([], options: ChangeArguments.looking(console))
        let outdated = report.outdated
        console.show(outdated.json)
        if outdated.apps.isEmpty {
            console.note("nothing newer is listed")
        } else {
            console.say(outdated.apps)
        }
        if report.unknown > 0 {
            let what = report.unknown == 1 ? "1 app" : "\(report.unknown) apps"
            console.note("nothing can be said of \(what); 'apphost check' shows why")
        }
        console.noteAges(of: report)
        if exitCode, !outdated.apps.isEmpty { throw ExitStatus(number: 100) }
    }
}

struct WhyVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Show what decides about an app's update: a line for each gate.",
        discussion: """
            What was last verified is looked at; nothing is fetched, and nothing is kept.

                apphost why notes

            EXIT STATUS: 0 shown · 66 no such app · 78 a setting is not what it should be
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Argument(help: "The app.")
    var app: AppID

    func run(_ host: AppHost, _ console: Console) async throws {
        let report = try host.why(app)
        console.show(report.json)
        let head: [[String]] = console.quiet ? [] : [["GATE", "LOOKED AT", "OUTCOME"]]
        console.say(Table.text(head + report.cells))
        console.note(report.sentence)
    }
}

extension Console {
    /// A table of apps, with its head unless it is quiet.
    fileprivate func say(_ apps: [AppCheck]) {
        let head: [[String]] = quiet ? [] : [["APP", "INSTALLED", "CANDIDATE", "STATUS", "CHANGES", "MAY"]]
        say(Table.text(head + apps.map(\.cells)))
    }

    /// Where nothing was refreshed, how old it is what was looked at.
    fileprivate func noteAges(of report: CheckReport) {
        if offline { for age in report.ages { note(age) } }
    }
}
