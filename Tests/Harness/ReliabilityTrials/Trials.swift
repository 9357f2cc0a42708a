import ArgumentParser

/// Tries what the engine promises, and counts.
@main
struct Trials: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trials", abstract: "Try what the engine promises, and count.",
        subcommands: [FaultsCommand.self, CrashCommand.self, StressCommand.self])
}
