import HostModel

/// Pages are made from what the API answers, which has every key.
extension JSONValue {
    /// The value of a member; null where there is none.
    func at(_ key: String) -> JSONValue {
        if case .object(let members) = self { members.first { $0.key == key }?.value ?? .null } else { .null }
    }

    /// The text of a member; nil where it is none.
    func word(_ key: String) -> String? { at(key).asText }

    func moment(_ key: String) -> Timestamp? { word(key).flatMap { Timestamp($0) } }

    func number(at key: String) -> Int64? { if case .integer(let number) = at(key) { number } else { nil } }

    /// Nil where it is neither.
    func choice(_ key: String) -> Bool? { if case .bool(let flag) = at(key) { flag } else { nil } }

    /// False where it is not there.
    func flag(_ key: String) -> Bool { choice(key) ?? false }

    /// The elements of a member that is a list; none where it is no list.
    func items(_ key: String) -> [JSONValue] { if case .array(let values) = at(key) { values } else { [] } }

    /// The texts of a member that is a list of them.
    func words(_ key: String) -> [String] { items(key).compactMap(\.asText) }

    var isThere: Bool { if case .null = self { false } else { true } }
}
