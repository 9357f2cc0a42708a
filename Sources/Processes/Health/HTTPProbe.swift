import Fetching
import HostModel

/// One try of an http probe.
struct HTTPProbe: Sendable {
    let url: String
    /// nil is 200 to 399.
    let status: Int?
    let bodyContains: String?
    let time: Duration
    let clock: any Clock<Duration>

    /// Ends early where its task is cancelled; then its answer means nothing.
    func run() async -> ProbeAnswer {
        do throws(LoopbackError) {
            let answer = try await LoopbackRequest(url, time: time, clock: clock).send()
            return judge(status: answer.status, body: answer.body)
        } catch {
            switch error {
            case .addressRefused: return .impossible(error.reason)
            case .timedOut: return .silent(time)
            default: return .failed(error.reason)
            }
        }
    }

    private func judge(status answered: Int, body: [UInt8]) -> ProbeAnswer {
        guard status.map({ $0 == answered }) ?? (200...399).contains(answered) else {
            return .failed("answered \(answered)")
        }
        if let bodyContains, !body.contains(bodyContains.utf8) {
            return .failed("answered \(answered) without \(quoted(bodyContains.prefix(80)))")
        }
        return .passed
    }
}
