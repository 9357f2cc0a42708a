import ArgumentParser
import HostModel
import Hosting

/// `apphost`: the verbs, in the order of a bundle's life.
struct AppHostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apphost",
        abstract: "Install, update and roll back signed application bundles, with nothing but a directory tree.",
        discussion: """
            An update is verified to its last byte before anything is touched, swapped in by one rename, and can be \
            rolled back.

                apphost trust add notes.key.pub --name notes
                apphost install ./notes-1.0.zip
                apphost update notes --from ./notes-1.1.zip
                apphost rollback notes
            """,
        version: Platform.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Changing apps:",
                subcommands: [
                    InstallVerb.self, UpdateVerb.self, ApplyVerb.self, UnstageVerb.self, RollbackVerb.self,
                    UninstallVerb.self,
                ]),
            CommandGroup(
                name: "Running apps:",
                subcommands: [StartVerb.self, StopVerb.self, RestartVerb.self, StatusVerb.self]),
            CommandGroup(
                name: "Looking:",
                subcommands: [
                    ListVerb.self, InfoVerb.self, SearchVerb.self, CheckVerb.self, OutdatedVerb.self, WhyVerb.self,
                    HistoryVerb.self, LogsVerb.self, VerifyVerb.self,
                ]),
            CommandGroup(
                name: "Configuring apps:",
                subcommands: [
                    ConfigVerb.self, SecretVerb.self, PermissionsVerb.self, PolicyVerb.self, HoldVerb.self,
                    UnholdVerb.self,
                ]),
            CommandGroup(
                name: "The host:",
                subcommands: [
                    TrustVerb.self, CatalogVerb.self, SchedulerVerb.self, SettingsVerb.self, ServeVerb.self,
                    TokenVerb.self, DoctorVerb.self,
                ]),
            CommandGroup(
                name: "Publishers:",
                subcommands: [KeyVerb.self, SignVerb.self, PackVerb.self, InspectVerb.self, ReviewVerb.self]),
        ])
}

/// What every verb is: it does one thing through `Hosting`, and shows what came of it.
protocol Verb: AsyncParsableCommand {
    var global: GlobalOptions { get }

    /// Whether this only says what would happen.
    var isDryRun: Bool { get }

    /// Whether what killed commands left is recovered before this verb runs.
    var recoversFirst: Bool { get }

    /// Does it. What it throws is reported with its exit status.
    func run(_ host: AppHost, _ console: Console) async throws
}

extension Verb {
    mutating func run() async throws {
        let console = Console(global, isDryRun: isDryRun)
        let host = AppHost(
            rootPath: global.rootPath, by: "cli:\(Process.userName)",
            reviewMode: Process.environment("APPHOST_REVIEW_MODE"), archiveReader: .ownProgram)
        if recoversFirst { for failure in host.recover() { console.warn(failure) } }
        try await run(host, console)
    }

    var isDryRun: Bool { false }

    var recoversFirst: Bool { !isDryRun }
}
