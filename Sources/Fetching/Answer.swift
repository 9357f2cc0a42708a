import NIOHTTP1

/// What the head of a response says.
struct Answer: Sendable {
    /// `bytes first-last/whole`; the first two are nil where the range cannot be had.
    struct Range: Hashable, Sendable {
        let first: Int64?
        let last: Int64?
        /// nil where the server does not know.
        let whole: Int64?
    }

    let status: Int
    /// `Content-Length`.
    let length: Int64?
    /// Whether the body tells where it ends, other than by the end of the connection.
    let isDelimited: Bool
    /// `Content-Range`.
    let range: Range?
    /// `ETag`, where it is a strong one.
    let entityTag: String?
    /// `Content-Encoding`, where it is another than none.
    let encoding: String?
    /// `Location`.
    let destination: String?

    init(_ head: HTTPResponseHead) {
        status = Int(head.status.code)
        length = head.headers.first(name: "Content-Length").flatMap { Self.number($0) }
        isDelimited = length != nil || head.headers.contains(name: "Transfer-Encoding")
        range = head.headers.first(name: "Content-Range").flatMap { Range($0) }
        entityTag = head.headers.first(name: "ETag").flatMap { Self.isStrong($0) ? $0 : nil }
        let encodings = head.headers[canonicalForm: "Content-Encoding"].map { $0.lowercased() }
        encoding = encodings.first { $0 != "identity" && !$0.isEmpty }
        destination = head.headers.first(name: "Location")
    }

    /// RFC 9110, section 8.8.3, and no more than is worth to be sent back.
    private static func isStrong(_ tag: String) -> Bool {
        (2...256).contains(tag.utf8.count) && tag.hasPrefix("\"") && tag.hasSuffix("\"")
            && tag.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// Digits and nothing else.
    fileprivate static func number(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0.isDigit }) else { return nil }
        return Int64(text)
    }
}

extension Answer.Range {
    /// RFC 9110, section 14.4. Nil where it is not of this form.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let parts = words[1].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        whole = Answer.number(parts[1])
        guard whole != nil || parts[1] == "*" else { return nil }
        if parts[0] == "*" {
            first = nil
            last = nil
            return
        }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Answer.number(ends[0]), let last = Answer.number(ends[1]), first <= last,
            last < whole ?? Int64.max
        else { return nil }
        self.first = first
        self.last = last
    }
}
