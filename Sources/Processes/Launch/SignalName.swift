import Glibc

/// Signals by the names that people and manifests give them.
package enum SignalName {
    private static let numbers: [(name: String, number: Int32)] = [
        ("SIGHUP", SIGHUP), ("SIGINT", SIGINT), ("SIGQUIT", SIGQUIT), ("SIGILL", SIGILL), ("SIGTRAP", SIGTRAP),
        ("SIGABRT", SIGABRT), ("SIGBUS", SIGBUS), ("SIGFPE", SIGFPE), ("SIGKILL", SIGKILL), ("SIGUSR1", SIGUSR1),
        ("SIGSEGV", SIGSEGV), ("SIGUSR2", SIGUSR2), ("SIGPIPE", SIGPIPE), ("SIGALRM", SIGALRM), ("SIGTERM", SIGTERM),
        ("SIGXCPU", SIGXCPU), ("SIGXFSZ", SIGXFSZ), ("SIGSYS", SIGSYS),
    ]

    /// - Returns: nil where no signal that matters here has that name.
    package static func number(_ name: String) -> Int32? { numbers.first { $0.name == name }?.number }

    /// `SIGKILL`; `signal 42` where it is none of those.
    package static func name(_ number: Int32) -> String {
        numbers.first { $0.number == number }?.name ?? "signal \(number)"
    }
}
