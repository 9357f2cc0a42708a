/// The version of a bundle as its publisher wrote it, with an order that has a third answer.
///
/// Text: 1–64 bytes of `[0-9A-Za-z.+_-]`, first a letter or digit, no `..`. Comparable are SemVer 2.0.0 and dotted
/// numbers (1–8 parts of at most 18 digits), each with an optional leading `v` or `V`. Anything else has no order, and
/// asking for one yields nil, never a guess.
///
/// Source: SemVer 2.0.0 §9–11; https://semver.org
package struct BundleVersion: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// - Returns: nil when `text` is not a version at all.
    package init?(_ text: String) {
        guard Self.isValid(text.utf8) else { return nil }
        self.text = text
    }

    package var description: String { text }

    package enum Order: Sendable, Equatable { case older, equal, newer }

    /// How `self` stands to `other`.
    ///
    /// - Returns: nil when one of the two is not comparable.
    package func order(to other: BundleVersion) -> Order? {
        guard let a = Precedence(text), let b = Precedence(other.text) else { return nil }
        return a < b ? .older : b < a ? .newer : .equal
    }

    package var isComparable: Bool { Precedence(text) != nil }

    private static func isValid(_ bytes: String.UTF8View) -> Bool {
        guard (1...64).contains(bytes.count), let first = bytes.first, isLetter(first) || isDigit(first) else {
            return false
        }
        var previous: UInt8 = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "."):
                if previous == byte { return false }
            case UInt8(ascii: "+"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                break
            default:
                guard isLetter(byte) || isDigit(byte) else { return false }
            }
            previous = byte
        }
        return true
    }
}

/// What orders a version: its numbers, then its pre-release identifiers. Build metadata is not part of it.
private struct Precedence: Comparable {
    /// Without trailing zeros, so that `1.0` and `1.0.0` are equal.
    let numbers: [UInt64]
    let preRelease: [Identifier]

    enum Identifier: Equatable {
        case number(UInt64)
        case text([UInt8])
    }

    init?(_ text: String) {
        var rest = Substring(text)
        if rest.first == "v" || rest.first == "V" { rest = rest.dropFirst() }

        if let plus = rest.firstIndex(of: "+") {
            guard Self.identifiers(rest[rest.index(after: plus)...]) != nil else { return nil }
            rest = rest[..<plus]
        }
        var preRelease: [Identifier] = []
        if let dash = rest.firstIndex(of: "-") {
            guard let found = Self.identifiers(rest[rest.index(after: dash)...]) else { return nil }
            for identifier in found {
                guard let parsed = Self.preReleaseIdentifier(identifier) else { return nil }
                preRelease.append(parsed)
            }
            rest = rest[..<dash]
        }

        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        // A pre-release is SemVer's, and SemVer has exactly three numbers without leading zeros.
        guard (1...8).contains(parts.count), preRelease.isEmpty || parts.count == 3 else { return nil }
        var numbers: [UInt64] = []
        for part in parts {
            // SemVer §2: none has a leading zero. Plain dotted numbers are older than that rule.
            guard preRelease.isEmpty || part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0") else { return nil }
            guard (1...18).contains(part.utf8.count), part.utf8.allSatisfy(isDigit), let number = UInt64(part) else {
                return nil
            }
            numbers.append(number)
        }
        while numbers.last == 0 { numbers.removeLast() }
        self.numbers = numbers
        self.preRelease = preRelease
    }

    static func < (a: Precedence, b: Precedence) -> Bool {
        for index in 0..<max(a.numbers.count, b.numbers.count) {
            let x = index < a.numbers.count ? a.numbers[index] : 0
            let y = index < b.numbers.count ? b.numbers[index] : 0
            if x != y { return x < y }
        }
        // SemVer §11.3: a pre-release is older than the version it leads to.
        if a.preRelease.isEmpty || b.preRelease.isEmpty { return !a.preRelease.isEmpty && b.preRelease.isEmpty }
        for (x, y) in zip(a.preRelease, b.preRelease) where x != y {
            switch (x, y) {
            case (.number(let m), .number(let n)): return m < n
            case (.number, .text): return true
            case (.text, .number): return false
            case (.text(let m), .text(let n)): return m.lexicographicallyPrecedes(n)
            }
        }
        return a.preRelease.count < b.preRelease.count
    }

    private static func identifiers(_ text: Substring) -> [Substring]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let allValid = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
        }
        return allValid ? parts : nil
    }

    private static func preReleaseIdentifier(_ text: Substring) -> Identifier? {
        guard text.utf8.allSatisfy(isDigit) else { return .text(Array(text.utf8)) }
        // SemVer §9: a numeric identifier has no leading zero. 18 digits fit 64 bits.
        guard text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"), text.utf8.count <= 18 else { return nil }
        return UInt64(text).map(Identifier.number)
    }
}

private func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
