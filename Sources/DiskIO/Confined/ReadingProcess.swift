import CLinux
import Glibc
import SystemPackage

/// A program that was started to read an open file, and says on a pipe what it found. It has these two descriptors and
/// no other, and next to no environment.
///
/// The death signal of a process comes when the thread ends that started it (PR_SET_PDEATHSIG, "parent"), so the thread
/// that makes this value is the one that reads to the end. What is left of the process ends with the value.
package final class ReadingProcess {
    package let number: Int32
    private let output: Int32
    private let patience: Patience
    private var ending: Ending?
    /// In all, in milliseconds.
    private var waited: Int64 = 0

    /// How long this process waits for it in all. Nothing that it says makes up for that: one that says a byte now and
    /// then would be waited for without end.
    ///
    /// One wait counts as a turn at most. While a terminal has stopped this process and the other, time goes on.
    package struct Patience: Sendable {
        let milliseconds: Int64
        let turn: Int32

        package init(milliseconds: Int64, turn: Int32 = 10_000) {
            self.milliseconds = milliseconds
            self.turn = turn
        }

        /// Ten minutes, because a slow disk may have to be read at a hundred thousand places before there is anything
        /// to say, and a second for each 64 KiB.
        ///
        /// - Parameter bytes: of the file that it reads.
        package static func reading(bytes: Int64) -> Patience {
            Patience(milliseconds: 600_000 + bytes / 64)
        }
    }

    /// How the process ended.
    package enum Ending: Sendable, Equatable {
        case exited(status: Int32)
        case signalled(number: Int32)
        /// Somebody else waited for it.
        case unknown
    }

    /// - Parameters:
    ///   - program: its path.
    ///   - arguments: the first is what it sees as its own name.
    ///   - file: its descriptor 0, which it can only read.
    /// - Throws: why there is no such process.
    package init(
        _ program: String, arguments: [String], file: File, patience: Patience = .reading(bytes: 0)
    ) throws(ReadingProcessError) {
        let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = Self.environment.map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var number: pid_t = 0
        let output = withExtendedLifetime(file) {
            clinux_start_reader(program, words, variables, file.descriptor.number, &number)
        }
        if output < 0 { throw .notStarted(Errno(rawValue: errno)) }
        self.number = number
        self.output = output
        self.patience = patience
    }

    deinit { _ = end() }

    /// Waits for what it says next.
    ///
    /// - Returns: 0 when it says no more.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReadingProcessError) -> Int {
        try waitForOutput()
        while true {
            let count = Glibc.read(output, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw .unreadable(Errno(rawValue: errno)) }
        }
    }

    /// Ends it, and says how it had ended where it said no more by itself. Nothing can be read afterwards.
    package func end() -> Ending {
        if let ending { return ending }
        // A pipe is closed a moment before its writer is gone. One who closed it and lives on is not waited for.
        if isAtEnd { waitForExit() }
        close(output)
        if isOurs { kill(number, SIGKILL) }
        var status: Int32 = 0
        var found: pid_t
        repeat { found = waitpid(number, &status, 0) } while found < 0 && errno == EINTR
        let how = found == number ? Ending(waitStatus: status) : .unknown
        ending = how
        return how
    }

    private func waitForOutput() throws(ReadingProcessError) {
        while waited < patience.milliseconds {
            let start = Self.now
            var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let count = poll(&entry, 1, patience.turn)
            let error = errno
            waited += min(Int64(patience.turn), Self.now - start)
            if count > 0 { return }
            if count < 0 && error != EINTR { throw .unreadable(Errno(rawValue: error)) }
        }
        throw .silent
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Whether the number is still its own, alive or not: where somebody else took its end, it may be any process's.
    private var isOurs: Bool {
        var information = siginfo_t()
        return waitid(P_PID, id_t(number), &information, WEXITED | WNOHANG | WNOWAIT) == 0
    }

    /// Whether it said everything and closed the pipe, as far as can be seen without waiting.
    private var isAtEnd: Bool {
        var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 0) > 0 else { return false }
        return Int32(entry.revents) & POLLHUP != 0 && Int32(entry.revents) & POLLIN == 0
    }

    private func waitForExit() {
        let process = clinux_pidfd_open(number)
        guard process >= 0 else { return }
        defer { close(process) }
        var entry = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, 1000)
    }

    /// The time zone as everywhere in this program; and what ends it by surprise is no reason to start a debugger. Where
    /// this program's libraries are not where the host has them, so are the other's.
    private static var environment: [String] {
        let libraries = getenv("LD_LIBRARY_PATH").map { ["LD_LIBRARY_PATH=" + String(cString: $0)] } ?? []
        return ["TZ=UTC0", "SWIFT_BACKTRACE=enable=no"] + libraries
    }
}

/// Why nothing is read from a ``ReadingProcess``.
package enum ReadingProcessError: Error {
    case notStarted(Errno)
    case unreadable(Errno)
    /// It was waited for too long.
    case silent

    /// The kernel's words, where it said anything.
    package var reason: String {
        switch self {
        case .notStarted(let error), .unreadable(let error):
            let words = error.description
            return words.prefix(1).lowercased() + words.dropFirst()
        case .silent: return "it kept its reader waiting for too long"
        }
    }
}

extension ReadingProcess.Ending {
    /// wait(2): the low seven bits name the signal that ended it, 0 where it exited.
    fileprivate init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .exited(status: (waitStatus >> 8) & 0xFF) : .signalled(number: signal)
    }

    /// Completes "the process …", in the past.
    package var sentence: String {
        switch self {
        case .exited(let status): "ended too early, with status \(status)"
        case .signalled(let number) where number == SIGXCPU: "took more processor time than it may"
        case .signalled(let number): "was ended by signal \(number)"
        case .unknown: "ended too early"
        }
    }
}

extension FileSystemError {
    /// An error that another process met, by the number that the kernel gave it.
    package init(_ call: Call, _ path: String, number: Int32) { self.init(call, path, Errno(rawValue: number)) }

    /// As the kernel has it, for another process.
    package var number: Int32 { errno.rawValue }
}
