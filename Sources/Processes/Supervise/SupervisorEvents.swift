import CLinux
import Glibc
import HostModel

/// What wakes a supervisor: signals, what its app writes, and the time.
final class SupervisorEvents {
    let output: OutputPipe
    let errors: OutputPipe
    private let signals: Int32

    /// What happened while it waited. Nothing, where it was the time or output alone.
    struct News {
        var childEnded = false
        /// How often it was asked to stop.
        var stops = 0
    }

    /// From here on the signals that ask for an end are news, and end nothing by themselves. Once for a process.
    ///
    /// - Parameter user: who the app runs as, where that is somebody else.
    init(user: UInt32?) throws(LaunchFailure) {
        output = try OutputPipe(.out, user: user)
        errors = try OutputPipe(.err, user: user)
        // A terminal that closes is no reason to end; nor is a command that does not listen any more.
        signal(SIGHUP, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        let caught = [SIGTERM, SIGINT, SIGCHLD]
        signals = clinux_catch_signals(caught, caught.count)
        if signals < 0 { throw OutputPipe.failure() }
    }

    /// Waits for any of them, and copies what the app wrote.
    ///
    /// - Parameter time: nil waits for as long as it takes.
    func wait(until time: MonotonicTime?, copyingTo log: OutputLog) -> News {
        var watched = [signals, output.reading, errors.reading].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // Where it fails, by a signal, nothing is marked; the signal itself is read below.
        poll(&watched, nfds_t(watched.count), time?.pollTimeout ?? -1)
        if watched[1].revents != 0 { output.copy(to: log) }
        if watched[2].revents != 0 { errors.copy(to: log) }
        return news()
    }

    /// Copies what is left of an app of which nothing lives.
    func drain(to log: OutputLog) {
        output.drain(to: log)
        errors.drain(to: log)
    }

    private func news() -> News {
        var news = News()
        var numbers = [UInt8](repeating: 0, count: 64)
        while true {
            let count = read(signals, &numbers, numbers.count)
            guard count > 0 else { return news }
            for number in numbers[..<count] {
                if Int32(number) == SIGCHLD { news.childEnded = true } else { news.stops += 1 }
            }
        }
    }
}

/// Where an app writes its output, or its errors.
final class OutputPipe {
    let reading: Int32
    /// Stays open here too: the pipe has no end while its app may be launched again.
    let writing: Int32
    private let stream: LogLine.Stream
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    init(_ stream: LogLine.Stream, user: UInt32?) throws(LaunchFailure) {
        var ends: [Int32] = [-1, -1]
        guard clinux_pipe(&ends) == 0, clinux_set_nonblocking(ends[0]) == 0 else { throw OutputPipe.failure() }
        // Else it could not open /dev/stdout, which some programs log to.
        if let user { fchown(ends[1], user, gid_t.max) }
        self.stream = stream
        reading = ends[0]
        writing = ends[1]
    }

    deinit {
        close(reading)
        close(writing)
        buffer.deallocate()
    }

    /// Copies some of what is there: who writes without an end must not keep signals waiting.
    func copy(to log: OutputLog) { copy(to: log, reads: 8) }

    /// Copies as much as any pipe holds.
    func drain(to log: OutputLog) { copy(to: log, reads: 64) }

    private func copy(to log: OutputLog, reads: Int) {
        for _ in 0..<reads {
            let count = read(reading, buffer.baseAddress, buffer.count)
            guard count > 0 else { return }
            log.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), from: stream, at: .now)
        }
    }

    fileprivate static func failure() -> LaunchFailure {
        LaunchFailure(program: Supervision.verb, step: .descriptors, number: errno)
    }
}
