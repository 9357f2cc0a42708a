import ArgumentParser
import HostModel
import Hosting

struct ConfigVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show or change an app's environment, permission profile, transport and user.",
        discussion: """
            Updates and rollbacks keep it, an uninstall deletes it. What a bundle declares as a secret is set with \
            'apphost secret set'.

                apphost config notes
                apphost config notes NOTES_THEME=dark NOTES_TITLE=
                apphost config notes --unset NOTES_THEME --transport stdio

            EXIT STATUS: 0 shown or changed, or so already · 66 no such app · 78 no such variable, or not such a value
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The app.")
    var app: AppID

    @Argument(help: ArgumentHelp("A variable and its value; may be repeated.", valueName: "name=value"))
    var assignments: [String] = []

    @Option(help: ArgumentHelp("Forget the value of a variable; may be repeated.", valueName: "name"))
    var unset: [String] = []

    @Option(help: ArgumentHelp("The permission profile; an empty one means the bundle's own.", valueName: "profile"))
    var profile: String?

    @Option(help: ArgumentHelp("The transport; an empty one means the bundle's own.", valueName: "transport"))
    var transport: String?

    @Option(help: ArgumentHelp("The user that the app is to run as; an empty one means none.", valueName: "name"))
    var user: String?

    func validate() throws {
        // What was given is not repeated: it may be a secret that was meant for another command.
        guard assignments.allSatisfy({ $0.contains("=") }) else {
            throw ValidationError("Give each variable as NAME=VALUE.")
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        let change = ConfigurationChange(
            assignments: assignments.map(assignment), unset: unset, profile: profile, transport: transport, user: user)
        if change.isEmpty { return try show(host.configuration(app), console) }
        console.show([try await host.configure(app, change, options: self.change.options(console))])
    }

    private func assignment(_ word: String) -> ConfigurationChange.Assignment {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return .init(name: String(parts[0]), value: String(parts[1]))
    }

    private func show(_ report: ConfigurationReport, _ console: Console) {
        console.show(report.json)
        var rows = report.cells
        if !rows.isEmpty {
            rows.insert(["NAME", "STATE", "VALUE", "WHAT"], at: 0)
            console.say(Table.text(rows) + "\n")
        }
        console.say(Table.text(report.choices))
        for missing in report.missing { console.note(missing.sentence(in: report.app)) }
    }

    var isDryRun: Bool { change.dryRun }
}

extension Console {
    /// After an install: the commands that give an app what it cannot be started without.
    func showMissingVariables(_ host: AppHost, of app: AppID) {
        do {
            for variable in try host.missingVariables(app) { note(variable.sentence(in: app)) }
        } catch {
            // The install is done, whatever cannot be read of it now.
            warn((error as? any Failure) ?? UnexpectedFailure(error))
        }
    }
}
