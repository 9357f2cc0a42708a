import HostModel
import Hosting

/// What the owner of this host decides for all its apps. The operator's alone.
enum SettingsRoutes {
    static let all: [Route] = [
        Route(
            .get, "/settings", "showSettings", "The settings in force.", for: .operatorOnly,
            answer: .value("Settings"), failures: Route.reading
        ) { input in
            shown(try input.host.settings())
        },
        Route(
            .patch, "/settings", "changeSettings", "Change settings, all or none. All of them are answered.",
            for: .operatorOnly,
            body: [
                Parameter("settings", .settings, "those to change, by their names", isRequired: true), .dryRun,
            ],
            answer: .value("Settings"), failures: Route.changing + [.appUserUnknown]
        ) { input in
            input.recover()
            let changes = input.members("settings").map { (key: $0.key, value: SettingValue.text($0.value)) }
            return shown(try input.host.changeSettings(changes, dryRun: input.flag("dryRun")))
        },
    ]

    private static func shown(_ settings: Settings) -> JSONValue {
        let members = Settings.keys.map { JSONValue.Member($0.name, $0.read(settings)) }
        return ["schema": 1, "settings": JSONValue.object(members)]
    }
}
