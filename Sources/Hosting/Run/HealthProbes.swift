import Bundles
import Processes

extension HealthProbe {
    /// A probe as a manifest asks for it.
    init(_ probe: Manifest.Probe) {
        let check: Check =
            switch probe.check {
            case .process(let seconds): .process(settle: .seconds(seconds))
            case .tcp(let host, let port): .tcp(host: host, port: Int(port))
            case .http(let url, let status, let text):
                .http(url: url, status: status.map { Int($0) }, bodyContains: text)
            case .exec(let command, _): .exec(command: command)
            }
        self.init(
            check, within: .seconds(probe.withinSeconds), interval: .seconds(probe.intervalSeconds),
            timeout: .seconds(probe.timeoutSeconds), successes: Int(probe.successes))
    }
}
