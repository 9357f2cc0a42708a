import Glibc
import HostModel

/// The children of a supervisor since one launch: the app's first process, and every other whose parent ended.
struct Children {
    private let main: pid_t
    /// Of the app's first process.
    private(set) var mainExit: ProcessExit?
    private var lastExit: ProcessExit?
    /// Whether any is left. Where none is, there is no descendant either.
    private(set) var areLeft = true

    init(main: pid_t) { self.main = main }

    /// How the launch ended, once nothing of it lives: as its first process where that failed, else as the last one.
    var exit: ProcessExit? {
        if let mainExit, mainExit.isFailure { return mainExit }
        return lastExit
    }

    /// Takes leave of all that have ended. Never waits.
    mutating func reap() {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            if pid > 0 {
                note(pid, ProcessExit(waitStatus: status, at: .now))
            } else if pid == 0 || errno != EINTR {
                areLeft = pid == 0
                return
            }
        }
    }

    private mutating func note(_ pid: pid_t, _ exit: ProcessExit) {
        if pid == main { mainExit = exit }
        // What ended before the first process was only a part of what that did.
        if mainExit != nil { lastExit = exit }
    }
}
