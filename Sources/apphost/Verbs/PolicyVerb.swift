import ArgumentParser
import HostModel
import Hosting

struct PolicyVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Show or change what AppHost may do with an app's updates by itself.",
        discussion: """
            manual: nothing. stage: put a candidate aside for later. apply_when_stopped: apply it while the app is \
            stopped. 'apphost scheduler run' acts on it.

                apphost policy notes
                apphost policy notes stage --channel stable,beta --cooldown 3d

            EXIT STATUS: 0 shown or changed, or so already · 64 no such mode · 66 no such app · \
            78 no such channels or length of time
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The app.")
    var app: AppID

    @Argument(
        help: "\(PolicyReport.modes.joined(separator: ", ")); without it the policy is shown.",
        completion: .list(PolicyReport.modes))
    var mode: String?

    @Option(
        help: ArgumentHelp(
            "Where candidates may come from: a list. An empty one means the host's setting.", valueName: "channels"))
    var channel: String?

    @Option(
        help: ArgumentHelp(
            "How long a candidate is only looked at: 90s, 15m, 12h, 7d, 2w. An empty one means the host's setting.",
            valueName: "time"))
    var cooldown: String?

    func validate() throws {
        if let mode, !PolicyReport.modes.contains(mode) {
            throw ValidationError("'\(mode)' is no mode; there are \(PolicyReport.modes.joined(separator: ", ")).")
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        let change = PolicyChange(mode: mode, channels: channel, cooldown: cooldown)
        guard change.isEmpty else {
            return console.show([try await host.changePolicy(app, change, options: self.change.options(console))])
        }
        let report = try host.policy(app)
        console.show(report.json)
        console.say(Table.text(report.rows))
    }

    var isDryRun: Bool { change.dryRun }
}
