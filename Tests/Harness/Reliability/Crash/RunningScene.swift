import Glibc
import HostModel
import TestSupport

/// What is done with an app that runs or is to run; what changes its bundle also stops and starts it.
package enum RunningCase: String, CaseIterable, Sendable {
    case start, stop, restart
    case updateRunning, updateFailing, applyRunning, rollbackRunning

    /// Puts an empty place into the state that it begins with, but for what runs.
    func prepare(_ place: TemporaryDirectory, _ workshop: Workshop) async throws {
        let trial = Trial(place: place, workshop: workshop)
        try trial.trust("notes")
        // In the root of an ordinary user nobody is asked for.
        if geteuid() == 0 { try trial.set("runAs", to: "root") }
        try await trial.install(.first)
        switch self {
        case .start, .stop, .restart, .updateRunning: break
        case .updateFailing, .rollbackRunning: try await trial.update(to: .second)
        case .applyRunning: try await trial.stage(.second)
        }
    }

    func arguments(_ workshop: Workshop) -> [String] {
        switch self {
        case .start, .stop, .restart: [rawValue, "notes"]
        case .updateRunning: ["update", "notes", "--from", workshop.archive(.second), "--restart"]
        case .updateFailing: ["update", "notes", "--from", workshop.archive(.third), "--restart"]
        case .applyRunning: ["apply", "notes", "--restart"]
        case .rollbackRunning: ["rollback", "notes", "--restart"]
        }
    }

    /// Whether the app is started before it.
    var ranBefore: Bool { self != .start }

    /// Whether it changes what runs, and no bundle: then the app may run or not after a kill.
    var isOfProcesses: Bool { [.start, .stop, .restart].contains(self) }

    /// The exit status where nothing disturbs it.
    var status: Int32 { self == .updateFailing ? FailureCode.healthCheckFailedRolledBack.exitStatus : 0 }

    /// The version in each slot afterwards: written down here, so that an engine that is wrong in all it does is not
    /// its own judge.
    var leadsTo: [String: String] {
        let (first, second) = (Workshop.Version.first.rawValue, Workshop.Version.second.rawValue)
        return switch self {
        case .start, .stop, .restart: ["installed": first]
        case .updateRunning, .updateFailing, .applyRunning: ["installed": second, "rollback": first]
        case .rollbackRunning: ["installed": first, "rollback": second]
        }
    }
}

/// A use case with an app that runs, and the disk that was prepared for it.
package struct RunningScene: Sendable {
    let useCase: RunningCase
    let workshop: Workshop
    /// The disk before, with nothing running, to be duplicated.
    let template: TemporaryDirectory
    /// The version in each slot.
    let before: [String: String]
    var after: [String: String] { useCase.leadsTo }
    /// Before, after, and undone, which leaves of what was staged nothing.
    var ends: [[String: String]] { [before, after, before.filter { $0.key != "staged" }] }

    var arguments: [String] { useCase.arguments(workshop) }

    /// - Parameter workshop: one whose bundles can be started.
    package init(_ useCase: RunningCase, _ workshop: Workshop) async throws {
        self.useCase = useCase
        self.workshop = workshop
        template = try TemporaryDirectory()
        try await useCase.prepare(template, workshop)
        before = View(try template.snapshot(), workshop).slots
    }

    /// Whether programs can be executed where temporary directories are made.
    package static func canExecute() throws -> Bool {
        let place = try TemporaryDirectory()
        try place.write("#!/bin/sh\nexit 0\n", to: "program", mode: 0o755)
        do {
            return try Command.run(["\(place.path)/program"], environment: [:], scratch: place).status == 0
        } catch let error as TestDiskError where error.errno == EACCES {
            return false
        }
    }

    /// A root of its own, in which the app runs or does not.
    func round(_ program: BuiltProgram, runs: Bool) throws -> RunningRound {
        let round = try RunningRound(template.duplicate(), program, workshop)
        do {
            if runs { try round.must(["start", "notes"]) }
        } catch {
            round.killAll()
            throw error
        }
        return round
    }

    /// How many calls of the command would be counted where nothing happens, which must lead to what is written down.
    func calls(_ program: BuiltProgram) throws -> Int {
        let round = try round(program, runs: useCase.ranBefore)
        defer { round.killAll() }
        let run = try round.run(arguments, .count)
        var problems: [String] = []
        if run.outcome.status != useCase.status {
            problems.append("it ended with \(run.outcome.status) and said \(run.outcome.errors)")
        }
        problems += try round.problems(of: self, runs: useCase != .stop)
        let view = try round.view()
        if view.slots != after { problems.append("it leads to \(view.slots)") }
        if view.isWanted != (useCase != .stop) { problems.append("wanted: \(view.isWanted)") }
        guard problems.isEmpty else { throw Unfit(useCase: useCase, problems: problems) }
        return run.report.calls.count
    }

    /// A use case that does not do what it should where nothing goes wrong cannot be tried.
    struct Unfit: Error {
        let useCase: RunningCase
        let problems: [String]
    }
}
