import HostModel

/// A pattern of target paths, as of a shell: `*`, `?` and `[a-z]`, none of which matches a slash.
///
/// Sources: TUF specification 1.0.34, section 4.5 (PATHPATTERN); glob(7). Like other TUF clients it gives a leading
/// period no meaning, and knows no escape.
struct PathPattern: Sendable {
    /// One for each component of the path.
    private let components: [[Part]]

    private enum Part: Sendable {
        case scalar(Unicode.Scalar)
        /// `?`
        case one
        /// `*`
        case many
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    init(_ text: String) {
        let slash: Unicode.Scalar = "/"
        let names = text.unicodeScalars.split(separator: slash, omittingEmptySubsequences: false)
        components = names.map { Self.parts(of: Array($0)) }
    }

    func matches(_ path: RelativePath) -> Bool {
        let names = path.components
        guard names.count == components.count else { return false }
        return zip(components, names).allSatisfy { parts, name in
            Self.match(parts, Array(String(decoding: name, as: UTF8.self).unicodeScalars))
        }
    }

    private static func parts(of text: [Unicode.Scalar]) -> [Part] {
        var parts: [Part] = []
        var position = 0
        while position < text.count {
            switch text[position] {
            case "*": parts.append(.many)
            case "?": parts.append(.one)
            case "[":
                // A bracket that is never closed means itself.
                if let bracket = closedBracket(in: text, from: position) {
                    parts.append(bracket.part)
                    position = bracket.end
                } else {
                    parts.append(.scalar("["))
                }
            case let scalar: parts.append(.scalar(scalar))
            }
            position += 1
        }
        return parts
    }

    /// - Returns: the set that begins at `start`, and where its closing bracket is.
    private static func closedBracket(in text: [Unicode.Scalar], from start: Int) -> (part: Part, end: Int)? {
        var first = start + 1
        let isNegated = first < text.count && text[first] == "!"
        if isNegated { first += 1 }
        // A closing bracket in the first place is a member.
        guard first < text.count, let end = text[(first + 1)...].firstIndex(of: "]") else { return nil }

        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var position = first
        while position < end {
            if position + 2 < end, text[position + 1] == "-" {
                let (low, high) = (text[position], text[position + 2])
                if low <= high { ranges.append(low...high) }
                position += 3
            } else {
                ranges.append(text[position]...text[position])
                position += 1
            }
        }
        return (.set(ranges, isNegated: isNegated), end)
    }

    /// Goes back only to the last `*`, so the time is at most the product of both lengths.
    private static func match(_ parts: [Part], _ text: [Unicode.Scalar]) -> Bool {
        var part = 0
        var position = 0
        var retry: (part: Int, position: Int)?
        while position < text.count {
            if part < parts.count, case .many = parts[part] {
                part += 1
                retry = (part, position)
            } else if part < parts.count, match(parts[part], text[position]) {
                part += 1
                position += 1
            } else if let last = retry {
                part = last.part
                position = last.position + 1
                retry = (part, position)
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { rest in
            if case .many = rest { return true }
            return false
        }
    }

    private static func match(_ part: Part, _ scalar: Unicode.Scalar) -> Bool {
        switch part {
        case .scalar(let expected): scalar == expected
        case .one, .many: true
        case .set(let ranges, let isNegated): ranges.contains(where: { $0.contains(scalar) }) != isNegated
        }
    }
}
