import Glibc
import HostModel
import Hosting
import Synchronization

/// One line on a terminal that says how far the work is, how fast it goes, and how long it still takes.
final class ProgressLine: Sendable {
    private struct State {
        var step: Progress.Step?
        var started = ContinuousClock.now
        var shown: ContinuousClock.Instant?
        var width = 0
    }

    private let state = Mutex(State())

    @Sendable func show(_ progress: Progress) {
        state.withLock { state in
            let now = ContinuousClock.now
            if state.step != progress.step {
                state.step = progress.step
                state.started = now
                state.shown = nil
            }
            let isLast = progress.done == progress.total
            if let shown = state.shown, now - shown < .milliseconds(100), !isLast { return }
            state.shown = now
            let line = Self.text(progress, after: now - state.started)
            let padding = String(repeating: " ", count: max(0, state.width - line.count))
            state.width = line.count
            let erase = isLast ? "\r" + String(repeating: " ", count: line.count) + "\r" : ""
            Console.write("\r\(line)\(padding)\(erase)", to: STDERR_FILENO)
        }
    }

    /// `unpacking notes  45 %  128 MiB of 284 MiB  96 MiB/s  2 s left`
    static func text(_ progress: Progress, after elapsed: Duration) -> String {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        var text = "\(progress.step.rawValue) \(printable(progress.app))"
        if let total = progress.total, total > 0 {
            text += "  \(progress.done * 100 / total) %  \(bytes(progress.done)) of \(bytes(total))"
        } else {
            text += "  \(bytes(progress.done))"
        }
        guard seconds > 0.5, progress.done > 0 else { return text }
        let rate = Double(progress.done) / seconds
        text += "  \(bytes(Int64(rate)))/s"
        if let total = progress.total, total > progress.done {
            text += "  \(Int64((Double(total - progress.done) / rate).rounded(.up))) s left"
        }
        return text
    }

    /// `284.1 MiB`
    static func bytes(_ count: Int64) -> String {
        var value = Double(count)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(count) B" }
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
