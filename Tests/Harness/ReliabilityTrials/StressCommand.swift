import ArgumentParser
import Reliability

struct StressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stress",
        abstract: "Try random histories, many commands at once, and thousands of cycles.")

    @Option(help: "The built apphost.", completion: .file())
    var program: String

    @Option(help: "For how many seconds many commands run at once; 0 for none.")
    var seconds = 60

    @Option(help: "How many random histories are held against the model.")
    var histories = 1000

    @Option(help: "How often an update is made and rolled back.")
    var cycles = 10_000

    @Option(help: "What the random choices are made from.")
    var seed: UInt64 = 1

    func run() async throws {
        let tally = Tally("stress", isVerbose: true)
        let workshop = try Workshop()
        try await Histories(workshop, tally, count: histories, seed: seed).run()
        try Crowd(program: program, tally, seconds: seconds, seed: seed).run()
        try await Cycles(workshop, tally, count: cycles).run()
        print("stress: \(tally.points) operations, \(tally.violations) mismatches")
        if tally.violations > 0 { throw ExitCode(1) }
    }
}
