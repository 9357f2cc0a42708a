import HostModel

/// Takes paths of the host out of what is answered. Pure.
///
/// A path below the managed root keeps what follows the root: that is the same on every host. Of any other nothing
/// stays.
package struct PathRedaction: Sendable {
    private let roots: [[UInt8]]

    /// - Parameter roots: every absolute path by which the managed root is known; those that are relative, and `/`, are
    ///   left out.
    package init(roots: [String]) {
        let usable = roots.map { root in
            var bytes = Array(root.utf8)
            while bytes.last == Self.slash { bytes.removeLast() }
            return bytes
        }
        // The longer first: one may begin as another does.
        self.roots = usable.filter { $0.count > 1 && $0.first == Self.slash }.sorted { $0.count > $1.count }
    }

    /// What others wrote, without the managed root.
    package func text(_ text: String) -> String {
        String(decoding: withoutRoots(Array(text.utf8)), as: UTF8.self)
    }

    /// A sentence of ours: no absolute path stays in it.
    package func sentence(_ text: String) -> String {
        String(decoding: withoutPaths(withoutRoots(Array(text.utf8))), as: UTF8.self)
    }

    /// Every text in a value, by the names of members: those that hold our sentences lose every path.
    package func value(_ value: JSONValue) -> JSONValue { redacted(value, isSentence: false) }

    /// Members that hold sentences of ours, or a place.
    static let sentences: Set<String> = ["message", "help", "problem", "warnings", "location", "lastExit", "input"]

    private func redacted(_ value: JSONValue, isSentence: Bool) -> JSONValue {
        switch value {
        case .null, .bool, .integer: value
        case .string(let text): .string(isSentence ? sentence(text) : self.text(text))
        case .array(let values): .array(values.map { redacted($0, isSentence: isSentence) })
        case .object(let members):
            .object(
                members.map { member in
                    JSONValue.Member(
                        self.text(member.key),
                        redacted(member.value, isSentence: Self.sentences.contains(member.key)))
                })
        }
    }

    // MARK: Bytes

    private static let slash = UInt8(ascii: "/")
    private static let mark = Array("…".utf8)

    private func withoutRoots(_ bytes: [UInt8]) -> [UInt8] {
        roots.reduce(bytes) { bytes, root in Self.replacing(root, in: bytes) }
    }

    private static func replacing(_ root: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= root.count else { return bytes }
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            let end = position + root.count
            if bytes[position] == slash, end <= bytes.count, bytes[position..<end].elementsEqual(root) {
                result += mark
                position = end
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return result
    }

    /// Replaces every `/…` that begins a word, up to the end of the quotes around it or of the word.
    private func withoutPaths(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == Self.slash, beginsPath(at: position, in: bytes), !Self.isOfAPI(bytes[position...]) else {
                result.append(byte)
                position += 1
                continue
            }
            let before = position > 0 ? bytes[position - 1] : nil
            let quote = before.flatMap { Self.isQuote($0) ? $0 : nil }
            result += Self.mark
            position += 1
            while position < bytes.count, !Self.ends(bytes[position], in: quote) { position += 1 }
        }
        return result
    }

    private func beginsPath(at position: Int, in bytes: [UInt8]) -> Bool {
        guard position + 1 < bytes.count, Self.isPathByte(bytes[position + 1]) else { return false }
        guard position > 0 else { return true }
        let before = bytes[position - 1]
        // Of a URL only that of a file is a path.
        if before == UInt8(ascii: ":") { return bytes[..<position].suffix(5).elementsEqual("file:".utf8) }
        return Self.isQuote(before)
            || [UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: ";")]
                .contains(before)
    }

    /// The API's own paths are no secret.
    private static func isOfAPI(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.starts(with: "/api/v1/".utf8) }

    private static func isQuote(_ byte: UInt8) -> Bool {
        [UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`")].contains(byte)
    }

    private static func isPathByte(_ byte: UInt8) -> Bool { byte > 0x20 && !isQuote(byte) }

    private static func ends(_ byte: UInt8, in quote: UInt8?) -> Bool {
        if let quote { return byte == quote }
        return byte <= 0x20 || isQuote(byte)
            || [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ")"), UInt8(ascii: ":")].contains(byte)
    }
}
