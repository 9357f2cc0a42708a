import ArgumentParser
import HostModel
import Hosting

struct PermissionsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "permissions", abstract: "Show, give or take an app's permissions.",
        discussion: """
            Installing, or accepting an update, grants what the bundle declares. What is revoked stays so, whatever a \
            later version or a rollback declares, until it is granted again.

                apphost permissions notes
                apphost permissions notes revoke network.listen
                apphost permissions notes grant network.listen data.write

            EXIT STATUS: 0 shown or changed, or so already · 66 no such app, or not declared by its bundle
            """)

    enum Action: String, CaseIterable, ExpressibleByArgument { case grant, revoke }

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments

    @Argument(help: "The app.")
    var app: AppID

    @Argument(help: "grant or revoke; without it they are shown.")
    var action: Action?

    @Argument(help: "The permissions.")
    var permissions: [String] = []

    func validate() throws {
        if action != nil, permissions.isEmpty { throw ValidationError("Name the permissions.") }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        switch action {
        case .grant:
            console.show([try await host.grant(permissions, to: app, options: change.options(console))])
        case .revoke:
            console.show([try await host.revoke(permissions, of: app, options: change.options(console))])
        case nil: show(try host.permissions(app), console)
        }
    }

    private func show(_ entries: [PermissionEntry], _ console: Console) {
        console.show(["schema": 1, "app": app, "permissions": entries])
        if entries.isEmpty { return console.note("\(app) declares no permission, and has none") }
        console.say(Table.text([["PERMISSION", "STATE", "SINCE", "BY", "WHY"]] + entries.map(\.cells)))
    }

    var isDryRun: Bool { change.dryRun }
}
