import NIOHTTP1

/// What of a request is known before its body. Pure.
enum RequestHead {
    /// What may not be there twice: two readers could each take another one.
    private static let single = [
        "authorization", "content-length", "content-type", "cookie", "expect", "idempotency-key", "origin", "referer",
        "sec-fetch-site", FormPassword.header,
    ]

    /// - Returns: nil where the body may be read.
    static func refusal(of head: HTTPRequestHead, limits: ServerLimits, origin: OriginCheck) -> HTTPRefusal? {
        guard head.version == .http1_1 else { return .versionUnsupported }
        if head.method == .TRACE || head.method == .CONNECT { return .methodRefused }
        if head.uri.utf8.count > limits.target { return .targetTooLong }
        let values = { (name: String) in head.headers[name] }
        if single.contains(where: { values($0).count > 1 }) { return .malformed }
        let question = OriginCheck.Question(
            method: head.method.rawValue, target: head.uri, hosts: values("host"), origins: values("origin"),
            referers: values("referer"), fetchSites: values("sec-fetch-site"))
        if let refusal = origin.refusal(of: question) { return refusal }
        if let length = values("content-length").first {
            // Two readers could find two ends.
            guard values("transfer-encoding").isEmpty else { return .malformed }
            // The parser lets nothing through that is no number.
            guard let length = Int(length) else { return .malformed }
            if length > limits.body { return .bodyTooLarge }
        }
        if let expected = values("expect").first, expected.lowercased() != "100-continue" {
            return .expectationUnknown
        }
        return nil
    }

    /// Whether the client waits to be told that its body is wanted.
    static func waitsForContinue(_ head: HTTPRequestHead) -> Bool { head.headers.contains(name: "expect") }

    /// - Parameter hasLine: whether the line with the target came whole.
    static func refusal(for error: HTTPParserError, hasLine: Bool) -> HTTPRefusal {
        switch error {
        case .headerOverflow: hasLine ? .headTooLarge : .targetTooLong
        case .invalidVersion: .versionUnsupported
        default: .malformed
        }
    }
}
