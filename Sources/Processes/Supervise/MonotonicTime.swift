import Glibc

/// A moment on a clock that nobody sets, in milliseconds.
struct MonotonicTime: Comparable, Sendable {
    private let milliseconds: Int64

    private init(milliseconds: Int64) { self.milliseconds = milliseconds }

    static var now: MonotonicTime {
        var time = timespec()
        // It is there on every Linux, and `time` can be written.
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    static func after(milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(milliseconds: now.milliseconds + milliseconds)
    }

    static func after(seconds: Int64) -> MonotonicTime { after(milliseconds: 1000 * seconds) }

    var hasPassed: Bool { self <= .now }

    /// Whole seconds from then to now.
    var elapsedSeconds: Int64 { (Self.now.milliseconds - milliseconds) / 1000 }

    /// From now to then, as poll(2) takes it.
    var pollTimeout: Int32 { Int32(clamping: max(0, milliseconds - Self.now.milliseconds)) }

    static func < (a: MonotonicTime, b: MonotonicTime) -> Bool { a.milliseconds < b.milliseconds }
}
