import Dispatch
import Glibc
import Synchronization

/// What this process has mounted. A mount outlives the process that made it, so each has to be taken off in every case.
enum Mounts {
    private static let paths = Mutex<Set<String>>([])

    static func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }

    static func remove(_ path: String) { paths.withLock { _ = $0.remove(path) } }

    /// Takes all of them off, whoever still works there. umount2(2), `MNT_DETACH`
    static func detachAll() {
        let left = paths.withLock { Array($0) }
        for path in left { umount2(path, Int32(MNT_DETACH)) }
    }

    /// A name that tells whose mount it is: `mount-<process>-<number>`.
    static func name(_ number: Int) -> String { "mount-\(getpid())-\(number)" }

    /// Takes off what killed processes left mounted below a directory.
    static func detachLeftovers(below parent: String) {
        for line in text(of: "/proc/self/mounts").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 1, words[1].hasPrefix(parent + "/"), let name = words[1].split(separator: "/").last
            else { continue }
            let parts = name.split(separator: "-")
            guard parts.count == 3, parts[0] == "mount", let owner = pid_t(parts[1]) else { continue }
            if kill(owner, 0) != 0 && errno == ESRCH { umount2(String(words[1]), Int32(MNT_DETACH)) }
        }
    }

    private static func text(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count <= 0 { return String(decoding: content, as: UTF8.self) }
            content += buffer.prefix(count)
        }
    }
}

/// Takes the mounts off where a user ends this process.
enum Interruption {
    static let signals = [SIGINT, SIGTERM]

    private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

    /// Called once, before anything is mounted in parallel; nothing else touches `sources`.
    static func detachesMounts() {
        guard sources.isEmpty else { return }
        for number in signals {
            signal(number, SIG_IGN)
            let queue = DispatchQueue(label: "crash.signals")
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                Mounts.detachAll()
                _exit(128 + number)
            }
            source.resume()
            sources.append(source)
        }
    }
}
