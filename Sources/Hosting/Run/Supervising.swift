import Processes

/// What this program is when it supervises an app.
package enum Supervising {
    /// The only word of its command line; for nobody to type.
    package static let verb = Supervision.verb

    /// Supervises what was handed over in descriptors, until nothing of it lives.
    ///
    /// - Returns: the exit status.
    package static func run() -> Int32 { Supervisor.run() }
}
