/// A path below some directory that can name nothing outside it: the only form in which a path from a bundle is used.
///
/// `/` between components; at most 4096 bytes, 255 a component, 64 deep; valid UTF-8; no empty, `.` or `..` component, no
/// leading `/`, no backslash, no drive prefix, no control character (C0, DEL, C1, bidirectional controls).
///
/// It is bytes: checked, split, compared, hashed and sorted as UTF-8 code units, because Swift's `String` equality is
/// canonical equivalence and a slash can hide inside a `Character`.
package struct RelativePath: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// Most components.
    package static let maximumDepth = 64

    /// - Returns: nil when `bytes` are no relative path.
    package init?(_ bytes: [UInt8]) {
        guard Self.isValid(bytes) else { return nil }
        self.bytes = bytes
    }

    package init?(_ bytes: ArraySlice<UInt8>) { self.init(Array(bytes)) }

    package init?(_ text: String) { self.init(Array(text.utf8)) }

    package var description: String { String(decoding: bytes, as: UTF8.self) }

    package var components: [ArraySlice<UInt8>] { bytes.split(separator: Self.slash) }

    /// The path of the directory that holds this one; nil at the top.
    package var parent: RelativePath? {
        bytes.lastIndex(of: Self.slash).map { RelativePath(unchecked: Array(bytes[..<$0])) }
    }

    /// Every directory that this path implies, from the top down: `a`, `a/b` for `a/b/c`.
    package var ancestors: [RelativePath] {
        bytes.indices.filter { bytes[$0] == Self.slash }.map { RelativePath(unchecked: Array(bytes[..<$0])) }
    }

    package func isBelow(_ directory: RelativePath) -> Bool {
        bytes.count > directory.bytes.count && bytes[directory.bytes.count] == Self.slash
            && bytes.starts(with: directory.bytes)
    }

    /// Whether the first component is `apphost` in any letter case: the part of a bundle that holds its sidecars.
    package var isReserved: Bool {
        let first = bytes.prefix { $0 != Self.slash }
        return String(decoding: first, as: UTF8.self).uppercased().lowercased() == "apphost"
    }

    /// Two paths collide when one of these of each are equal Swift strings: alike but for letter case or normalisation.
    package var collisionKeys: Set<String> {
        guard bytes.allSatisfy({ $0 < 0x80 }) else {
            // A mark that is a letter in upper case (U+0345) makes two of what two orders of marks wrote alike.
            return [description.uppercased().lowercased(), description.lowercased()]
        }
        return [String(decoding: bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)]
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    static let slash = UInt8(ascii: "/")
}

extension RelativePath: Comparable {
    /// Component by component, as if `/` were the lowest byte: a directory's content follows it without a gap.
    package static func < (a: RelativePath, b: RelativePath) -> Bool {
        let shared = min(a.bytes.count, b.bytes.count)
        for index in 0..<shared where a.bytes[index] != b.bytes[index] {
            if a.bytes[index] == slash { return true }
            if b.bytes[index] == slash { return false }
            return a.bytes[index] < b.bytes[index]
        }
        return a.bytes.count < b.bytes.count
    }
}

extension RelativePath {
    private static func isValid(_ bytes: [UInt8]) -> Bool {
        guard (1...4096).contains(bytes.count), !hasDrivePrefix(bytes) else { return false }
        var depth = 1
        var length = 0
        var onlyDots = true
        var isASCII = true
        for byte in bytes {
            if byte == slash {
                guard isValidComponent(length: length, onlyDots: onlyDots) else { return false }
                (depth, length, onlyDots) = (depth + 1, 0, true)
                continue
            }
            if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") { return false }
            if byte >= 0x80 { isASCII = false }
            if byte != UInt8(ascii: ".") { onlyDots = false }
            length += 1
        }
        guard isValidComponent(length: length, onlyDots: onlyDots), depth <= maximumDepth else { return false }
        return isASCII || hasOnlyPlainCharacters(bytes)
    }

    private static func isValidComponent(length: Int, onlyDots: Bool) -> Bool {
        (1...255).contains(length) && !(onlyDots && length <= 2)
    }

    private static func hasDrivePrefix(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 2, bytes[1] == UInt8(ascii: ":") else { return false }
        return (0x41...0x5A).contains(bytes[0] & ~0x20)
    }

    private static func hasOnlyPlainCharacters(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return !text.unicodeScalars.contains(where: \.isControl)
    }
}

extension Unicode.Scalar {
    /// C0, DEL, C1 and the bidirectional controls: what can make a name look like another.
    package var isControl: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
