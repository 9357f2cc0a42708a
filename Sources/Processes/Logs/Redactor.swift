import Glibc

/// Hides the values that an app was given in confidence from whatever it writes.
package struct Redactor: Sendable {
    /// By their first byte, the longest first.
    private let secrets: [[[UInt8]]]
    /// Which bytes begin one: most bytes of most texts begin none.
    private let isFirst: [Bool]
    /// In bytes. A secret that begins in a text has ended this many bytes further on.
    let longest: Int

    package static let replacement = Array("[redacted]".utf8)

    /// - Parameter values: of one with several lines, each line of 4 bytes or more is hidden; empty ones count as none.
    package init(_ values: [[UInt8]]) {
        var secrets = [[[UInt8]]](repeating: [], count: 256)
        for secret in Set(values.flatMap { Self.lines(of: $0) }).sorted(by: { $0.count > $1.count }) {
            if let first = secret.first { secrets[Int(first)].append(secret) }
        }
        self.secrets = secrets
        isFirst = secrets.map { !$0.isEmpty }
        longest = secrets.joined().map(\.count).max() ?? 0
    }

    /// - Parameter text: a line; what goes over several is not found.
    /// - Returns: the text with ``replacement`` in the place of each value. Values that overlap share one.
    package func redact(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        _ = text.withUnsafeBytes { append($0, upTo: text.count, hidden: 0, to: &output) }
        return output
    }

    /// Appends the beginning of a text, redacted.
    ///
    /// - Parameters:
    ///   - end: where to stop. What follows is only looked at, so that a value which goes over the end is found.
    ///   - hidden: how many bytes at the beginning belong to a value that was replaced before.
    /// - Returns: how many bytes behind `end` belong to a value that was replaced before it.
    func append(
        _ text: UnsafeRawBufferPointer, upTo end: Int, hidden: Int, to output: inout [UInt8]
    ) -> Int {
        var position = hidden
        for stretch in stretches(of: text) where stretch.lowerBound < end && stretch.upperBound > position {
            if stretch.lowerBound >= position {
                output.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[position..<stretch.lowerBound]))
                output.append(contentsOf: Self.replacement)
            }
            position = stretch.upperBound
        }
        if position < end {
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[position..<end]))
        }
        return max(0, position - end)
    }

    /// Where values stand, in order. Those that overlap are one stretch, because the rest of one would tell of it.
    private func stretches(of text: UnsafeRawBufferPointer) -> [Range<Int>] {
        guard longest > 0, let base = text.baseAddress else { return [] }
        var stretches: [Range<Int>] = []
        isFirst.withUnsafeBufferPointer { isFirst in
            for start in 0..<text.count where isFirst[Int(text[start])] {
                let rest = UnsafeRawBufferPointer(start: base + start, count: text.count - start)
                guard let length = lengthOfSecret(beginning: rest) else { continue }
                let end = start + length
                if let last = stretches.last, start < last.upperBound {
                    stretches[stretches.count - 1] = last.lowerBound..<max(end, last.upperBound)
                } else {
                    stretches.append(start..<end)
                }
            }
        }
        return stretches
    }

    /// - Returns: of the longest one; nil where `text` begins with none.
    private func lengthOfSecret(beginning text: UnsafeRawBufferPointer) -> Int? {
        guard let first = text.first, let start = text.baseAddress else { return nil }
        let found = secrets[Int(first)].first { secret in
            guard secret.count <= text.count else { return false }
            return secret.withUnsafeBytes { bytes in
                guard let secretStart = bytes.baseAddress else { return false }
                return memcmp(secretStart, start, bytes.count) == 0
            }
        }
        return found?.count
    }

    /// A value as it may stand in lines of its own.
    private static func lines(of value: [UInt8]) -> [[UInt8]] {
        let lines = value.split(separator: UInt8(ascii: "\n")).map { line in
            Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
        // Short lines of a long value, such as a brace, stand in every other text as well.
        return lines.count > 1 ? lines.filter { $0.count >= 4 } : lines
    }
}
