/// How often the owner of a host wants things looked at. All times are in seconds.
package struct ScheduleSettings: Sendable, Equatable {
    /// Whether anything is done by itself at all.
    package var isEnabled = true
    /// Between two refreshes of one catalog.
    package var refreshSeconds: Int64 = 6 * 3600
    /// Between two checks of one app.
    package var checkSeconds: Int64 = 3600
    /// Most that is added to each of these times and to each backoff, by chance, so that not all come at once.
    package var jitterSeconds: Int64 = 300
    /// After the first failure. It doubles with each that follows.
    package var backoffSeconds: Int64 = 300
    /// Where the doubling ends; never less than `backoffSeconds`.
    package var maxBackoffSeconds: Int64 = 3600

    package init() {}

    /// What each of the times may be.
    package enum Limits {
        package static let intervals: ClosedRange<Int64> = 60...31_536_000
        package static let jitter: ClosedRange<Int64> = 0...86_400
        package static let backoffs: ClosedRange<Int64> = 1...86_400
    }
}
