import HostModel

/// Parts of JSON Schema, draft 2020-12, as OpenAPI 3.1 has it.
package enum Schema {
    static let text: JSONValue = ["type": "string"]
    static let flag: JSONValue = ["type": "boolean"]
    static let number: JSONValue = ["type": "integer"]
    static let moment: JSONValue = ["type": "string", "format": "date-time"]
    static let id = TextRule.appID.schema
    static let digest = TextRule.digest.schema
    static let version: JSONValue = ["type": "string", "minLength": 1, "maxLength": 64]
    /// Of every object that the command line writes.
    static let schemaNumber: JSONValue = ["const": 1]

    static func words(_ words: [String]) -> JSONValue { ["type": "string", "enum": words] }

    static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    /// An object with these members, all of them, and no other.
    static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        [
            "type": "object", "properties": JSONValue.object(members.map { JSONValue.Member($0.0, $0.1) }),
            "required": members.map { $0.0 }, "additionalProperties": false,
        ]
    }

    /// An object of the command line's: with `schema` first.
    static func output(_ members: [(String, JSONValue)]) -> JSONValue { object([("schema", schemaNumber)] + members) }

    static func reference(_ name: String) -> JSONValue { ["$ref": "#/components/schemas/\(name)"] }

    /// The same, or null.
    static func orNull(_ schema: JSONValue) -> JSONValue {
        guard case .object(let members) = schema, members.contains(where: { $0.key == "type" }) else {
            return ["anyOf": [schema, ["type": "null"] as JSONValue]]
        }
        return .object(
            members.map { member in
                switch (member.key, member.value) {
                case ("type", let type): JSONValue.Member("type", .array([type, .string("null")]))
                case ("enum", .array(let words)): JSONValue.Member("enum", .array(words + [.null]))
                default: member
                }
            })
    }
}
