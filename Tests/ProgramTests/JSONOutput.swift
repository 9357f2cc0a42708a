import HostModel

/// What apphost wrote with `--json`, as a program reads it.
extension JSONValue {
    init(line: String) throws { self = try StrictJSON.parse(Array(line.utf8)) }

    /// The keys of an object, in their order; none of anything else.
    var keys: [String] {
        if case .object(let members) = self { members.map(\.key) } else { [] }
    }

    /// - Returns: nil where this is no object, or one without `key`.
    func member(_ key: String) -> JSONValue? {
        if case .object(let members) = self { members.first(where: { $0.key == key })?.value } else { nil }
    }

    /// The elements of a list; none of anything else.
    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    var asString: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var asBool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    var asInteger: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// An object in which these members stand in the place of those with their keys, or at the end.
    func replacing(_ replacements: [Member]) -> JSONValue {
        guard case .object(var members) = self else { return self }
        for replacement in replacements {
            if let index = members.firstIndex(where: { $0.key == replacement.key }) {
                members[index] = replacement
            } else {
                members.append(replacement)
            }
        }
        return .object(members)
    }
}
