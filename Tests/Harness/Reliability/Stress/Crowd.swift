import Dispatch
import Synchronization
import TestSupport

/// Many commands of the built program at once, on the same apps, some of them killed; and others that look meanwhile.
package struct Crowd: Sendable {
    private let program: String
    private let tally: Tally
    private let seconds: Int
    private let seed: UInt64

    private static let workers = 8
    private static let readers = 2
    /// One of so many commands is killed, at any moment of the time that one takes.
    private static let killedOneOf = 20
    private static let longestLife: Int64 = 60_000_000

    /// - Parameter program: the path of the built `apphost`.
    package init(program: String, _ tally: Tally, seconds: Int, seed: UInt64) {
        self.program = program
        self.tally = tally
        self.seconds = seconds
        self.seed = seed
    }

    /// Blocks this thread.
    package func run() throws {
        if seconds <= 0 { return }
        let workshop = try CrowdWorkshop()
        let place = try TemporaryDirectory()
        let process = CrowdProcess(program: program, place: place)
        try process.must(["trust", "add", workshop.publicKey, "--name", "crowd"])
        try process.must(["settings", "retention=\(CrowdWorkshop.retention)"])
        let log = CrowdLog()
        let chronicle = CrowdChronicle()
        let deadline = CrowdProcess.now() + Int64(seconds) * 1_000_000_000
        var bodies: [@Sendable () -> Void] = [{ chronicle.follow(place, until: deadline) }]
        for number in 0..<(Self.workers + Self.readers) {
            bodies.append { act(number, process, workshop, log, until: deadline) }
        }
        Self.onThreads(bodies)
        try settle(process)
        chronicle.read(place)
        let tree = try place.snapshot()
        tally.add(log.failures + debris(tree), at: "the crowd")
        var disk: [String: [String: String]] = [:]
        for app in CrowdWorkshop.apps { disk[app] = workshop.slots(of: app, in: tree) }
        CrowdJudge(commands: log.commands, chronicle: chronicle, disk: disk, tally: tally).run()
        tally.say("crowd")
    }

    /// One member of the crowd: it gives one command after the other.
    private func act(
        _ number: Int, _ process: CrowdProcess, _ workshop: CrowdWorkshop, _ log: CrowdLog, until deadline: Int64
    ) {
        var random = SplitMix(seed: seed &+ UInt64(number))
        let isWorker = number < Self.workers
        while CrowdProcess.now() < deadline {
            let request: CrowdRequest = isWorker ? .change(using: &random) : .look(using: &random)
            var killAfter: Int64?
            if isWorker && Int.random(in: 0..<Self.killedOneOf, using: &random) == 0 {
                killAfter = Int64.random(in: 0...Self.longestLife, using: &random)
            }
            do {
                log.add(CrowdCommand(request, try process.run(request.arguments(workshop), killAfter: killAfter)))
            } catch {
                return log.fail("\(request): \(error)")
            }
        }
    }

    /// What the next commands find, once the crowd is gone: everything sound.
    private func settle(_ process: CrowdProcess) throws {
        for arguments in [["list"], ["verify", "--all-slots"], ["doctor"]] {
            let end = try process.run(arguments)
            let isSound = end.status == 0 && end.errors.isEmpty
            tally.add(
                isSound ? [] : ["it ended with \(end.status): \(end.output)\(end.errors)"],
                at: "\(arguments.joined(separator: " ")) after the crowd")
        }
    }

    private func debris(_ tree: Tree) -> [String] {
        let places = ["root/staging/", "root/trash/"]
        return tree.keys.filter { path in places.contains(where: path.hasPrefix) }.sorted().map { "left over: \($0)" }
    }

    /// Runs each on a thread of its own, for they block, and waits for all.
    private static func onThreads(_ bodies: [@Sendable () -> Void]) {
        let group = DispatchGroup()
        for (number, body) in bodies.enumerated() {
            DispatchQueue(label: "crowd.\(number)").async(group: group) { body() }
        }
        group.wait()
    }
}

extension CrowdChronicle {
    /// Reads again and again, so that no line is forgotten before it was read.
    func follow(_ place: TemporaryDirectory, until deadline: Int64) {
        while CrowdProcess.now() < deadline {
            read(place)
            CrowdProcess.pause()
        }
    }
}

/// What a crowd did, from all its threads.
final class CrowdLog: Sendable {
    private let given = Mutex<[CrowdCommand]>([])
    private let failed = Mutex<[String]>([])

    func add(_ command: CrowdCommand) { given.withLock { $0.append(command) } }

    /// What kept somebody from going on.
    func fail(_ what: String) { failed.withLock { $0.append(what) } }

    var commands: [CrowdCommand] { given.withLock { $0 } }

    var failures: [String] { failed.withLock { $0 } }
}
