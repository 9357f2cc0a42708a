import CLinux
import Synchronization

/// Every process of the host that this user can see, as it was in one pass. This process itself is left out.
package struct ProcessTable: Sendable {
    /// False where there is no `/proc`: then an empty table says nothing.
    package let isReadable: Bool
    private let own: ProcessIdentity
    private let byNumber: [Int32: SeenProcess]
    private let byRun: [RunID: [SeenProcess]]
    private let byParent: [Int32: [SeenProcess]]
    /// Sorted by path, so that those below one directory stand together.
    private let byExecutable: [(path: [UInt8], process: SeenProcess)]

    /// Looks at every process once. What ends meanwhile is left out, and so is every zombie.
    package static func read() -> ProcessTable {
        let names = KernelFile.directories(in: "/proc")
        let seen = (names ?? []).compactMap { name in Int32(name).flatMap { SeenProcess.look(at: $0) } }
        return ProcessTable(seen, isReadable: names != nil)
    }

    /// The table of a moment ago, where there is one: for those who only look, and of whom there may be many at once.
    ///
    /// What ended since is left out by ``Life``; what began without a supervisor may be missing for that moment.
    package static func recent(within age: Duration = .milliseconds(200)) -> ProcessTable {
        last.withLock { last in
            if let last, ContinuousClock.now - last.at < age { return last.table }
            let table = read()
            last = (at: ContinuousClock.now, table: table)
            return table
        }
    }

    private static let last = Mutex<(at: ContinuousClock.Instant, table: ProcessTable)?>(nil)

    init(_ seen: [SeenProcess], isReadable: Bool = true, own: ProcessIdentity = .current) {
        let others = seen.filter { $0.identity.pid != own.pid }
        self.isReadable = isReadable
        self.own = own
        byNumber = Dictionary(others.map { ($0.identity.pid, $0) }) { first, _ in first }
        byParent = Dictionary(grouping: others) { $0.parent }
        var byRun: [RunID: [SeenProcess]] = [:]
        for process in others {
            if let run = process.run { byRun[run, default: []].append(process) }
        }
        self.byRun = byRun
        var byExecutable: [(path: [UInt8], process: SeenProcess)] = []
        for process in others {
            if let path = process.executable { byExecutable.append((path, process)) }
        }
        self.byExecutable = byExecutable.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    /// The processes of one app, by number, each with the strongest evidence that it is one.
    ///
    /// - Parameters:
    ///   - run: the run of which they have the id in their first environment.
    ///   - appDirectory: `apps/<id>/` as the kernel names it, below which their executables lie.
    ///   - group: the one they are in. It is asked anew, so it adds those that began after the pass.
    package func processes(run: RunID?, below appDirectory: String, group: ControlGroup?) -> [LivingProcess] {
        processes(run: run, below: Array(appDirectory.utf8), group: group)
    }

    /// As above, for a path that need not be UTF-8.
    func processes(run: RunID?, below appDirectory: [UInt8], group: ControlGroup?) -> [LivingProcess] {
        var found: [Int32: LivingProcess] = [:]
        for process in processes(below: appDirectory) {
            found[process.identity.pid] = LivingProcess(process, .executable)
        }
        for process in run.flatMap({ byRun[$0] }) ?? [] {
            found[process.identity.pid] = LivingProcess(process, .environment)
        }
        for pid in group?.processes() ?? [] where pid != own.pid {
            guard let status = ProcessStatus.read(pid), !status.isDead else { continue }
            found[pid] = LivingProcess(
                identity: ProcessIdentity(pid: pid, startTime: status.startTime), name: status.name, evidence: .group)
        }
        return found.values.sorted { $0.identity.pid < $1.identity.pid }
    }

    /// Children of a process, their children, and so on, by number. None where it is not alive.
    package func descendants(of process: ProcessIdentity) -> [LivingProcess] {
        guard process == own || byNumber[process.pid]?.identity == process else { return [] }
        var found: [LivingProcess] = []
        var parents = [process.pid]
        while let parent = parents.popLast() {
            for child in byParent[parent] ?? [] {
                found.append(LivingProcess(child, .descendant))
                parents.append(child.identity.pid)
            }
        }
        return found.sorted { $0.identity.pid < $1.identity.pid }
    }

    private func processes(below directory: [UInt8]) -> [SeenProcess] {
        let prefix = directory + [UInt8(ascii: "/")]
        // The first path that does not stand before the prefix.
        var low = 0
        var high = byExecutable.count
        while low < high {
            let middle = (low + high) / 2
            if byExecutable[middle].path.lexicographicallyPrecedes(prefix) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return byExecutable[low...].prefix { $0.path.starts(with: prefix) }.map { $0.process }
    }
}

/// A process that is alive and belongs to an app.
package struct LivingProcess: Sendable, Equatable {
    package let identity: ProcessIdentity
    /// What it calls itself. It may hold anything; `printable` makes it harmless.
    package let name: String
    package let evidence: Evidence

    package init(identity: ProcessIdentity, name: String, evidence: Evidence) {
        self.identity = identity
        self.name = name
        self.evidence = evidence
    }

    fileprivate init(_ process: SeenProcess, _ evidence: Evidence) {
        self.init(identity: process.identity, name: process.name, evidence: evidence)
    }
}

/// Why a process is taken for one of an app.
package enum Evidence: String, Sendable {
    /// It descends from the app's supervisor.
    case descendant
    /// It is in the control group of the run.
    case group
    /// The run's id is in its first environment.
    case environment
    /// Its executable lies below the app's directory.
    case executable
}

/// A process in `/proc`, alive when it was looked at.
struct SeenProcess: Sendable, Equatable {
    let identity: ProcessIdentity
    let parent: Int32
    let name: String
    /// As the kernel names it; `" (deleted)"` behind it where it is. Nil where this user may not know.
    let executable: [UInt8]?
    /// From the environment that it was started with. Nil where this user may not know.
    let run: RunID?

    /// - Returns: nil where there is none, or only a zombie.
    static func look(at pid: Int32) -> SeenProcess? {
        guard let status = ProcessStatus.read(pid), !status.isDead else { return nil }
        let place = status.hasLostMainThread ? otherThread(of: pid) : "/proc/\(pid)"
        let environment = KernelFile.read(place + "/environ", limit: 1 << 20)
        return SeenProcess(
            identity: ProcessIdentity(pid: pid, startTime: status.startTime), parent: status.parent, name: status.name,
            executable: KernelFile.linkTarget(place + "/exe"), run: environment.flatMap { RunID(environment: $0) })
    }

    /// With its first thread a process loses its memory in `/proc/PID`; that of the others is the same.
    private static func otherThread(of pid: Int32) -> String {
        let threads = KernelFile.directories(in: "/proc/\(pid)/task") ?? []
        return "/proc/\(pid)/task/" + (threads.first { $0 != "\(pid)" } ?? "\(pid)")
    }
}

extension RunID {
    /// From an environment as `/proc/PID/environ` has it: entries that end with NUL, of which the first counts.
    init?(environment: [UInt8]) {
        // Every process of the host is asked, each time: so this is memmem(3), and no loop of ours.
        guard let value = environment.withUnsafeBytes({ Self.value(in: $0) }) else { return nil }
        self.init(value)
    }

    private static func value(in environment: UnsafeRawBufferPointer) -> String? {
        let key = Array("APPHOST_RUN=".utf8)
        var offset = 0
        while let base = environment.baseAddress, offset < environment.count,
            let found = clinux_find(base + offset, environment.count - offset, key, key.count)
        {
            let start = found - base
            offset = start + key.count
            if start == 0 || environment[start - 1] == 0 {
                return String(decoding: environment[offset...].prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        return nil
    }
}
