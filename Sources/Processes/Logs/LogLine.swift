import HostModel

/// One line of `logs/<id>/output.log`: `2026-05-01T10:00:00Z out the text`.
package struct LogLine: Sendable, Equatable {
    package let at: Timestamp
    package let stream: Stream
    /// Without its line feed, and repaired where it is not UTF-8. It may still hold what a terminal obeys.
    package let text: String

    package enum Stream: String, Sendable, CaseIterable {
        case out, err
        /// The supervisor's own sentences.
        case app
    }

    package init(at: Timestamp, stream: Stream, text: String) {
        self.at = at
        self.stream = stream
        self.text = text
    }

    /// - Parameter bytes: a line without its line feed.
    /// - Returns: nil where it is none of ours.
    package init?(_ bytes: ArraySlice<UInt8>) {
        let head = Array(bytes.prefix(Self.headLength))
        guard head.count == Self.headLength, head[20] == Self.space, head[24] == Self.space,
            let at = Timestamp(String(decoding: head[..<20], as: UTF8.self)),
            let stream = Stream(rawValue: String(decoding: head[21..<24], as: UTF8.self))
        else { return nil }
        self.init(
            at: at, stream: stream, text: String(decoding: bytes.dropFirst(Self.headLength), as: UTF8.self))
    }

    /// ``text`` for a terminal: every control character but the tab is escaped.
    package var shown: String {
        text.split(separator: "\t", omittingEmptySubsequences: false).map { printable($0) }.joined(separator: "\t")
    }

    /// What stands before the text of a line.
    static func head(at moment: Timestamp, from stream: Stream) -> [UInt8] {
        Array("\(moment) \(stream.rawValue) ".utf8)
    }

    /// In bytes: a timestamp, a stream, and a space behind each.
    static let headLength = 25
    private static let space = UInt8(ascii: " ")
}
