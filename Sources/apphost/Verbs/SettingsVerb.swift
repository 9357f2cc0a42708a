import ArgumentParser
import HostModel
import Hosting

struct SettingsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Show or change the host's settings.",
        discussion: """
                apphost settings
                apphost settings retention=3 allowUnsigned=false

            SETTINGS:
            \(Settings.keys.map { "    \($0.name): \($0.meaning)" }.joined(separator: "\n"))

            EXIT STATUS: 0 shown or changed · 78 no such setting, or not such a value
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Flag(help: "Say what would be, and change nothing.")
    var dryRun = false

    @Argument(help: ArgumentHelp("A setting to show, or to change.", valueName: "key[=value]"))
    var settings: [String] = []

    func run(_ host: AppHost, _ console: Console) async throws {
        let parts = settings.map {
            $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        }
        let changes = parts.filter { $0.count == 2 }.map { (key: $0[0], value: $0[1]) }
        let asked = parts.filter { $0.count == 1 }.map { $0[0] }
        if let unknown = asked.first(where: { name in !Settings.keys.contains { $0.name == name } }) {
            throw HostError.settingInvalid(unknown, problem: "does not exist in this version")
        }
        let now = try changes.isEmpty ? host.settings() : host.changeSettings(changes, dryRun: dryRun)
        let shown = Settings.keys.filter {
            settings.isEmpty || asked.contains($0.name) || changes.map(\.key).contains($0.name)
        }
        console.show(["schema": 1, "settings": JSONValue.object(shown.map { .init($0.name, $0.read(now)) })])
        console.say(Table.text(shown.map { [$0.name + "=" + $0.text(now), $0.meaning] }))
    }

    var isDryRun: Bool { dryRun }
}
