import HostModel

/// A JSON value that is looked into, whether what is asked for is there or not.
struct LooseJSON: Sendable {
    private let value: JSONValue?

    /// Nothing at all, where `text` is no JSON.
    init(text: String) { value = try? StrictJSON.parse(Array(text.utf8)) }

    private init(_ value: JSONValue?) { self.value = value }

    subscript(key: String) -> LooseJSON {
        guard case .object(let members) = value else { return LooseJSON(nil) }
        return LooseJSON(members.first(where: { $0.key == key })?.value)
    }

    var isThere: Bool { value != nil }

    var string: String? { if case .string(let text) = value { text } else { nil } }

    var integer: Int64? { if case .integer(let number) = value { number } else { nil } }

    var isTrue: Bool { if case .bool(let flag) = value { flag } else { false } }

    /// None, where this is no object.
    var members: [(key: String, value: LooseJSON)] {
        if case .object(let members) = value { members.map { (key: $0.key, value: LooseJSON($0.value)) } } else { [] }
    }

    /// None, where this is no list.
    var elements: [LooseJSON] {
        if case .array(let elements) = value { elements.map { LooseJSON($0) } } else { [] }
    }
}
