import Dispatch
import Glibc
import HostModel
import TestSupport

/// One root with one app that may run, and everything that lives of it. Whoever makes it kills all of that in the end.
struct RunningRound {
    let place: TemporaryDirectory
    private let path: String
    private let program: BuiltProgram
    private let workshop: Workshop

    /// A command that takes longer waits for something that never comes. Seconds.
    private static let patience = 120

    init(_ place: TemporaryDirectory, _ program: BuiltProgram, _ workshop: Workshop) throws {
        self.place = place
        self.program = program
        self.workshop = workshop
        path = try Command.resolved(place.path)
    }

    // MARK: Doing

    func begin(_ arguments: [String]) throws -> Command.Begun { try program.begin(arguments, in: path) }

    func end(_ command: Command.Begun) throws -> Command.Outcome { try command.end(patience: Self.patience) }

    func run(_ arguments: [String]) throws -> Command.Outcome { try end(begin(arguments)) }

    /// - Parameter alone: whether the injection is for the command alone, and not for what it starts.
    func run(
        _ arguments: [String], _ injection: BuiltProgram.Injection, alone: Bool = true
    ) throws -> BuiltProgram.Injected {
        try program.run(arguments, in: path, injection, alone: alone, patience: Self.patience)
    }

    func must(_ arguments: [String]) throws {
        let outcome = try run(arguments)
        guard outcome.status == 0 else {
            throw BuiltProgram.Unplayable(what: arguments.joined(separator: " "), outcome: outcome)
        }
    }

    /// Ends everything of it at once, as a power cut does.
    func killAll() {
        let group = LooseJSON(text: place.text("root/logs/notes/run.json") ?? "")["group"].string
        var left = 1000
        while case let all = processes.all, !all.isEmpty, left > 0 {
            for pid in all { kill(pid, SIGKILL) }
            usleep(10_000)
            left -= 1
        }
        // Nobody is left who would remove it. The kernel takes a moment to let go of what ended.
        while let group, rmdir(group) != 0, errno == EBUSY, left > 0 {
            usleep(10_000)
            left -= 1
        }
    }

    /// Writes a program for the injector that starts the app before one call of another command, and waits for that for
    /// at most three seconds: the other command may hold what it needs.
    ///
    /// - Returns: its path.
    func writeStart(before call: Int) throws -> String {
        let text = """
            #!/bin/sh
            [ "$1" = \(call) ] || exit 0
            \(shellWord(program.path)) start notes >/dev/null 2>&1 &
            tries=0
            while [ $tries -lt 30 ] && kill -0 $! 2>/dev/null; do
                sleep 0.1
                tries=$((tries + 1))
            done
            exit 0

            """
        try place.write(text, to: "hook", mode: 0o755)
        return path + "/hook"
    }

    // MARK: Looking

    var processes: RunningProcesses { .look(in: path) }

    /// Waits until something is so; false where that takes too long.
    func waits(until isSo: (RunningProcesses) -> Bool) -> Bool {
        for _ in 0..<3000 {
            if isSo(processes) { return true }
            usleep(10_000)
        }
        return false
    }

    /// Waits until nothing of it is on its way; nil where that takes too long.
    func rest() -> RunningProcesses? {
        var last = processes
        for _ in 0..<300 {
            usleep(100_000)
            let now = processes
            if now == last && now.isAtRest { return now }
            last = now
        }
        return nil
    }

    /// What the root holds, but for what the app and its supervisor write.
    func view() throws -> View {
        var tree: Tree = [:]
        for part in ["apps", "staging", "trash"] {
            for (name, what) in try TemporaryDirectory.snapshot(of: "\(path)/root/\(part)") {
                tree["root/\(part)/\(name)"] = what
            }
        }
        return View(tree, workshop)
    }

    // MARK: Judging

    private static let looking = [["status", "notes", "--json"], ["list", "--json"]]

    /// K: whoever only looks is answered at any time.
    func problemsOfAnswers() throws -> [String] {
        var problems: [String] = []
        for arguments in Self.looking {
            let outcome = try run(arguments)
            if outcome.status != 0 {
                problems.append("K: \(arguments[0]) ended with \(outcome.status): \(outcome.errors)")
            }
        }
        return problems
    }

    /// K: whoever only looks is told what is so, once it is at rest.
    func problemsOfWhatIsTold() throws -> [String] {
        for _ in 0..<10 {
            guard let seen = rest() else { break }
            let told = try Self.looking.map { try run($0) }
            if processes == seen { return Self.problems(ofTold: told, seen) }
        }
        return ["K: it does not come to rest: \(processes)"]
    }

    private static func problems(ofTold told: [Command.Outcome], _ seen: RunningProcesses) -> [String] {
        var problems = told.filter { $0.status != 0 }.map { "K: it ended with \($0.status): \($0.errors)" }
        let apps = told.map { LooseJSON(text: $0.output)["apps"].elements.first }
        let state = apps[0]?["state"].string ?? "nothing"
        if state != seen.state { problems.append("K: status says \(state), and there are \(seen)") }
        let pids = Set((apps[0]?["processes"].elements ?? []).compactMap { $0["pid"].integer })
        if pids != Set(seen.app.keys.map { Int64($0) }) {
            problems.append("K: status names \(pids.sorted()), and there are \(seen.app.keys.sorted())")
        }
        let isListed = apps[1]?["running"].isTrue ?? false
        if isListed == seen.app.isEmpty { problems.append("K: list says \(isListed), and there are \(seen)") }
        return problems
    }

    /// M: the first command that changes the app puts it in order.
    func problems(ofFirstChange arguments: [String]) throws -> [String] {
        for _ in 0..<20 {
            let outcome = try run(arguments)
            if outcome.status == 0 { return [] }
            // What was killed may just have forked a supervisor, which holds its locks until it is executed.
            guard outcome.status == FailureCode.busy.exitStatus else {
                return ["M: \(arguments[0]) ended with \(outcome.status): \(outcome.errors)"]
            }
            usleep(250_000)
        }
        return ["M: \(arguments[0]) finds the app busy for good"]
    }

    /// What is wrong once it was put in order.
    ///
    /// - Parameter runs: whether the app has to run; nil where both is right.
    func problems(of scene: RunningScene, runs: Bool?) throws -> [String] {
        var problems = try problemsOfWhatIsTold()
        let view = try view()
        if !scene.ends.contains(view.slots) { problems.append("A, B, F: neither before nor after: \(view)") }
        if !view.debris.isEmpty { problems.append("C: left over: \(view.debris)") }
        if let unconfirmed = view.unconfirmed { problems.append("M: \(unconfirmed) is unconfirmed") }
        problems += processes.problems(runs: runs, installed: view.slots["installed"])
        problems += problemsOfTwins
        // The first verifies by the program's own rules, the second shows that nobody holds the app any more.
        for arguments in [["verify", "notes", "--all-slots"], ["unhold", "notes"]] {
            let outcome = try run(arguments)
            if outcome.status != 0 {
                problems.append("M: \(arguments[0]) ended with \(outcome.status): \(outcome.output)\(outcome.errors)")
            }
        }
        return problems
    }

    /// N: all of it ends as by a power cut, and the host boots: what is wanted runs, and nothing else.
    ///
    /// - Parameter wanted: whether it has to be wanted; nil where both is right.
    func problemsAfterBoot(of scene: RunningScene, wanted: Bool?) throws -> [String] {
        killAll()
        let isWanted = try view().isWanted
        var problems: [String] = []
        if let wanted, isWanted != wanted { problems.append("N: wanted is \(isWanted)") }
        let outcome = try run(["start", "--wanted"])
        if outcome.status != 0 { problems.append("N: start --wanted ended with \(outcome.status): \(outcome.errors)") }
        let found = try self.problems(of: scene, runs: isWanted)
        return problems + found.map { "after a boot: \($0)" }
    }

    /// L: it never ran twice, not for a moment.
    private var problemsOfTwins: [String] {
        place.text("root/data/notes/twice").map { ["L: it was started while it ran: \($0)"] } ?? []
    }
}

/// Does the work items at the same time, more of them than this machine has processors: each mostly waits.
///
/// - Returns: what became of each, in their order.
func mapWaiting<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) throws -> Value
) async throws -> [Value] {
    let next = Counter()
    let lanes = min(items.count, 6 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    return try await withThrowingTaskGroup(of: [(index: Int, value: Value)].self) { group in
        for lane in 0..<lanes {
            group.addTask {
                try await withCheckedThrowingContinuation { continuation in
                    // A thread for each: those of the cooperative pool are too few to wait on.
                    DispatchQueue(label: "crash.running.\(lane)").async {
                        do {
                            var done: [(index: Int, value: Value)] = []
                            while case let index = next.next(), index < items.count {
                                done.append((index: index, value: try body(items[index])))
                            }
                            continuation.resume(returning: done)
                        } catch {
                            continuation.resume(throwing: error)
                        }
                    }
                }
            }
        }
        var all: [(index: Int, value: Value)] = []
        for try await done in group { all += done }
        return all.sorted { $0.index < $1.index }.map { $0.value }
    }
}
