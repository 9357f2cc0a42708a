import Glibc

/// How to fetch. All that depends on the host or on time is here, so that a test can say otherwise.
package struct FetchOptions: Sendable {
    package var times = FetchTimes()
    /// So many requests in a row may fail without a byte more than before.
    package var attempts = 5
    package var redirects = 5
    /// `apphost/1.0.0`.
    package var userAgent = "apphost"
    /// A file of certificates in PEM. Only authorities in it are trusted then.
    package var caCertificate: String?
    /// Where the proxy, and the files of the authorities that this host trusts, are looked up.
    package var environment: [String: String] = [:]
    package var clock: any Clock<Duration> = ContinuousClock()

    /// Without a proxy, and with the authorities that the system trusts.
    package init() {}

    /// With the variables of this process.
    package static let standard: FetchOptions = {
        var options = FetchOptions()
        for name in ProxyRules.variables + Authorities.variables {
            if let value = getenv(name) { options.environment[name] = String(cString: value) }
        }
        return options
    }()
}

/// How long fetching may take.
package struct FetchTimes: Sendable {
    /// Until a connection stands, TLS and proxy included.
    package var connect: Duration = .seconds(10)
    /// Without a byte.
    package var silence: Duration = .seconds(20)
    /// Fewer bytes than this in each second of a window end it.
    package var slowest: Int64 = 1024
    package var window: Duration = .seconds(30)
    /// Before the first repetition; each next one waits twice as long.
    package var pause: Duration = .milliseconds(200)
    package var longestPause: Duration = .seconds(2)
    /// For all of ``Fetcher/bytes(_:limit:cancellation:)``.
    package var document: Duration = .seconds(5 * 60)
    /// For all of a stream.
    package var stream: Duration = .seconds(6 * 60 * 60)

    package init() {}
}

/// How far a fetch is.
package struct FetchProgress: Hashable, Sendable {
    /// What lies before the offset at which it began is counted.
    package let received: Int64
    /// nil where the server does not tell and nothing was expected.
    package let total: Int64?

    package init(received: Int64, total: Int64?) {
        self.received = received
        self.total = total
    }
}
