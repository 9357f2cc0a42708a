import CLinux
import Glibc

/// One process for all time: numbers are used again, a number together with its start is not.
package struct ProcessIdentity: Hashable, Sendable {
    package let pid: Int32
    /// In clock ticks since the host started.
    package let startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// The process that has a number now.
    ///
    /// - Returns: nil where there is none, or only a zombie.
    package static func of(_ pid: Int32) -> ProcessIdentity? {
        guard let status = ProcessStatus.read(pid), !status.isDead else { return nil }
        return ProcessIdentity(pid: pid, startTime: status.startTime)
    }

    /// This process.
    package static var current: ProcessIdentity {
        of(getpid()) ?? ProcessIdentity(pid: getpid(), startTime: 0)
    }

    /// A zombie is not.
    package var isAlive: Bool { Self.of(pid) == self }

    /// Sends a signal to this process, and never to another that was given its number.
    ///
    /// - Returns: false where it is gone, or is not ours to signal.
    @discardableResult
    package func signal(_ number: Int32) -> Bool {
        let process = clinux_pidfd_open(pid)
        if process < 0 {
            // Linux before 5.3 can only be told the number.
            return errno == ENOSYS && isAlive && kill(pid, number) == 0
        }
        defer { close(process) }
        // Whoever has the number now, and the start that we know, had it when it was opened too.
        return isAlive && clinux_pidfd_signal(process, number) == 0
    }
}

/// `/proc/PID/stat`, as far as life goes. proc_pid_stat(5)
struct ProcessStatus: Sendable, Equatable {
    /// What the process calls itself, at most 15 bytes; any bytes at all.
    let name: String
    let state: UInt8
    let parent: Int32
    let threads: Int64
    /// In clock ticks since the host started.
    let startTime: UInt64

    /// - Returns: nil when `line` is not of that form.
    init?(_ line: [UInt8]) {
        // The name is not escaped, and may hold parentheses and spaces; what follows it holds none.
        guard let begin = line.firstIndex(of: UInt8(ascii: "(")), let end = line.lastIndex(of: UInt8(ascii: ")")),
            begin < end
        else { return nil }
        // Fields 3 to 22.
        let fields = line[(end + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        guard fields.count >= 20, fields[0].count == 1, let state = fields[0].first,
            let parent = Int32(Self.text(fields[1])), let threads = Int64(Self.text(fields[17])),
            let startTime = UInt64(Self.text(fields[19]))
        else { return nil }
        name = Self.text(line[(begin + 1)..<end])
        self.state = state
        self.parent = parent
        self.threads = threads
        self.startTime = startTime
    }

    /// - Returns: nil where there is no such process.
    static func read(_ pid: Int32) -> ProcessStatus? {
        KernelFile.read("/proc/\(pid)/stat", limit: 4096).flatMap { ProcessStatus($0) }
    }

    /// Nothing of it runs any more.
    var isDead: Bool { hasLostMainThread && threads <= 1 }

    /// The state is that of the first thread. Where it ended before the others, it stays a zombie until they end.
    var hasLostMainThread: Bool {
        switch state {
        case UInt8(ascii: "Z"), UInt8(ascii: "X"), UInt8(ascii: "x"): true
        default: false
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
