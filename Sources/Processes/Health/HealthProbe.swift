import HostModel

/// One question that an app has to answer well to count as healthy.
package struct HealthProbe: Hashable, Sendable {
    package enum Check: Hashable, Sendable {
        /// It lives for so long without a restart. The probe's times and number of successes mean nothing here.
        case process(settle: Duration)
        /// A port of this host takes a connection.
        case tcp(host: String, port: Int)
        /// A `GET` to this host is answered with `status`, 200 to 399 where that is nil, and with a body in which
        /// `bodyContains` stands, where that is not nil.
        case http(url: String, status: Int?, bodyContains: String?)
        /// A program of the bundle exits with status 0.
        case exec(command: [String])
    }

    package let check: Check
    /// It has to pass within this time.
    package let within: Duration
    /// Between the end of one try and the beginning of the next.
    package let interval: Duration
    /// For one try.
    package let timeout: Duration
    /// So many tries in a row have to succeed; at least one.
    package let successes: Int

    package init(
        _ check: Check, within: Duration = .seconds(30), interval: Duration = .seconds(1),
        timeout: Duration = .seconds(5), successes: Int = 1
    ) {
        self.check = check
        self.within = within
        self.interval = interval
        self.timeout = timeout
        self.successes = successes
    }

    /// What it asks, for people: `http http://127.0.0.1:8080/healthz`.
    package var sentence: String {
        switch check {
        case .process: "process"
        case .tcp(let host, let port): "tcp \(printable(host.contains(":") ? "[\(host)]" : host)):\(port)"
        case .http(let url, _, _): "http \(printable(url))"
        case .exec(let command): "exec \(printable(command.joined(separator: " ")))"
        }
    }
}
