import Glibc
import TestSupport

/// The supervisor of an app is killed, and nothing else: what it leaves behind is found, ended, and started anew.
package struct RunningSupervisorKills: Sendable {
    private let scenes: [RunningScene]
    private let program: BuiltProgram
    private let tally: Tally
    private let isSubset: Bool

    /// - Parameter isSubset: whether each moment is tried only once.
    package init(_ scenes: [RunningScene], _ program: BuiltProgram, _ tally: Tally, isSubset: Bool) {
        self.scenes = scenes
        self.program = program
        self.tally = tally
        self.isSubset = isSubset
    }

    private enum Moment: CaseIterable {
        /// Once the app runs, and nothing is done to it.
        case started
        /// While a command waits for the app to have lived for a second.
        case starting
        /// From the start of a new version on, until its gate has spoken.
        case judging

        var useCase: RunningCase { self == .judging ? .updateRunning : .start }
    }

    private struct Point: Sendable {
        let scene: RunningScene
        let moment: Moment
        /// How much later it is killed.
        let milliseconds: UInt32
    }

    /// A start takes a second, and the gate another.
    private static let delays: [UInt32] = [0, 100, 300, 600, 900, 1200, 1500, 1800]

    package func run() async throws {
        var points: [Point] = []
        for moment in Moment.allCases {
            guard let scene = scenes.first(where: { $0.useCase == moment.useCase }) else { continue }
            points += Self.delays.prefix(isSubset ? 1 : Self.delays.count).map { delay in
                Point(scene: scene, moment: moment, milliseconds: delay)
            }
        }
        _ = try await mapWaiting(points) { point in try strike(point) }
        tally.say("supervisors killed")
    }

    private func strike(_ point: Point) throws {
        let scene = point.scene
        let round = try scene.round(program, runs: point.moment != .starting)
        defer { round.killAll() }
        let words = "\(point.moment): supervisor killed after \(point.milliseconds) ms"
        let command = try point.moment == .started ? nil : round.begin(scene.arguments)
        let version = point.moment == .judging ? scene.after["installed"] : scene.before["installed"]
        let isThere = round.waits(until: { seen in
            seen.supervisors.count == 1 && seen.app.values.contains { $0 == version }
        })
        if isThere {
            usleep(point.milliseconds * 1000)
            for pid in round.processes.supervisors { kill(pid, SIGKILL) }
        }
        // What becomes of it depends on the moment; that it ends, and leaves what can be put in order, does not.
        let outcome = try command.map { try round.end($0) }
        guard isThere else { return tally.add(["the app was never seen: \(outcome?.errors ?? "")"], at: words) }
        var problems: [String] = []
        if let outcome, ![0, 1, 3, 4].contains(outcome.status) {
            problems.append("it ended with \(outcome.status) and said \(outcome.errors)")
        }
        if point.moment == .started, round.rest()?.state != "left_behind" {
            problems.append("L: nothing was left behind: \(round.processes)")
        }
        problems += try round.problemsOfWhatIsTold()
        problems += try round.problems(ofFirstChange: ["stop", "notes"])
        problems += try round.problems(of: scene, runs: false)
        problems += try round.problems(ofFirstChange: ["start", "notes"])
        problems += try round.problems(of: scene, runs: true)
        tally.add(problems, at: words)
    }
}
