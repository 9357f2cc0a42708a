import HostModel

/// One value that a request may have: in its path, its query or its body.
package struct Parameter: Sendable {
    package let name: String
    package let kind: ValueKind
    package let meaning: String
    package let isRequired: Bool
    /// Whether it is for a person alone: an app that gives it is refused.
    package let isOperatorOnly: Bool

    init(
        _ name: String, _ kind: ValueKind, _ meaning: String, isRequired: Bool = false, isOperatorOnly: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.meaning = meaning
        self.isRequired = isRequired
        self.isOperatorOnly = isOperatorOnly
    }
}

/// What a value may be. What is read and what the OpenAPI document says come from this alone.
package enum ValueKind: Sendable {
    case flag
    case number(ClosedRange<Int64>)
    case text(TextRule)
    /// None twice.
    case list(TextRule, ClosedRange<Int>)
    case pairs(names: TextRule, values: TextRule, upTo: Int)
    /// Settings by their names.
    case settings

    /// Whether a value of a body is one.
    func takes(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.flag, .bool): return true
        case (.number(let range), .integer(let number)): return range.contains(number)
        case (.text(let rule), .string(let text)): return rule.takes(text)
        case (.list(let rule, let count), .array(let values)):
            let texts = values.compactMap(\.asText)
            return texts.count == values.count && count.contains(texts.count) && texts.allSatisfy(rule.takes)
                && Set(texts).count == texts.count
        case (.pairs(let names, let values, let limit), .object(let members)):
            return members.count <= limit
                && members.allSatisfy { member in
                    names.takes(member.key) && (member.value.asText.map(values.takes) ?? false)
                }
        case (.settings, .object(let members)):
            return (1...SettingValue.all.count).contains(members.count)
                && members.allSatisfy { member in
                    SettingValue.all.first { $0.name == member.key }?.kind.takes(member.value) ?? false
                }
        default: return false
        }
    }

    /// The value that a text of a path or a query stands for; nil where it is none.
    func parsed(_ text: String) -> JSONValue? {
        let value: JSONValue?
        switch self {
        case .flag: value = text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .number:
            let areDigits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            value = areDigits ? Int64(text).map { JSONValue.integer($0) } : nil
        case .text: value = .string(text)
        case .list, .pairs, .settings: value = nil
        }
        return value.flatMap { takes($0) ? $0 : nil }
    }

    /// What the value is, in words.
    var what: String {
        switch self {
        case .flag: "true or false"
        case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .text(let rule): rule.what
        case .list(let rule, let count):
            "a list of \(count.lowerBound) to \(count.upperBound), none twice, each \(rule.what)"
        case .pairs(let names, let values, let limit):
            "an object of at most \(limit) members, each name \(names.what), each value \(values.what)"
        case .settings: "an object of settings"
        }
    }

    package var schema: JSONValue {
        switch self {
        case .flag: return Schema.flag
        case .number(let range):
            return ["type": "integer", "minimum": range.lowerBound, "maximum": range.upperBound]
        case .text(let rule): return rule.schema
        case .list(let rule, let count):
            return [
                "type": "array", "items": rule.schema, "minItems": count.lowerBound, "maxItems": count.upperBound,
                "uniqueItems": true,
            ]
        case .pairs(let names, let values, let limit):
            return [
                "type": "object", "propertyNames": names.schema, "additionalProperties": values.schema,
                "maxProperties": limit,
            ]
        case .settings:
            let properties = SettingValue.all.map { JSONValue.Member($0.name, $0.kind.schema) }
            return [
                "type": "object", "properties": JSONValue.object(properties), "additionalProperties": false,
                "minProperties": 1,
            ]
        }
    }
}

/// Texts that mean something.
package struct TextRule: Sendable {
    /// As a sentence says it: `an app's id`.
    let what: String
    /// What the OpenAPI document says of it. It may allow more than ``takes``, and never less.
    package let schema: JSONValue
    let takes: @Sendable (String) -> Bool

    private init(
        _ what: String, pattern: String, length: ClosedRange<Int>, _ takes: @escaping @Sendable (String) -> Bool
    ) {
        self.what = what
        schema = [
            "type": "string", "pattern": pattern, "minLength": length.lowerBound, "maxLength": length.upperBound,
        ]
        self.takes = { length.contains($0.unicodeScalars.count) && takes($0) }
    }

    static let appID = id("an app's id")
    static let catalog = id("a catalog's name")
    static let channel = id("a channel")
    static let permission = id("a permission")
    static let keyName = id("a key's name")
    static let key = id("a key's name, its keyid, or the first 8 or more digits of that")
    static let version = TextRule("a version", pattern: Patterns.version, length: 1...64) { BundleVersion($0) != nil }
    static let digest = TextRule("a SHA-256 in lower case", pattern: Patterns.digest, length: 64...64) {
        ContentDigest(hex: $0) != nil
    }
    static let span = TextRule("a length of time: 90s, 15m, 12h, 7d, 2w", pattern: Patterns.span, length: 2...4) {
        Span($0) != nil
    }
    static let spanOrNone = TextRule(
        "a length of time such as 7d, or an empty text", pattern: Patterns.spanOrNone, length: 0...4
    ) { $0.isEmpty || Span($0) != nil }
    static let moment = TextRule("a time such as 2026-05-01T10:00:00Z", pattern: Patterns.moment, length: 20...20) {
        Timestamp($0) != nil
    }
    static let variable = TextRule("a name of a variable", pattern: Patterns.variable, length: 1...255) {
        VariableName($0) != nil
    }
    static let operation = TextRule("an operation's id", pattern: Patterns.operation, length: 32...32) {
        OperationID($0) != nil
    }

    /// Of the host: where the server was started is nobody's affair. What no file can be called is refused here, not
    /// by the disk.
    static let path = TextRule(
        "a path that begins with '/' and that a file can have", pattern: Patterns.path, length: 1...4095
    ) { path in
        isAbsolute(path) && path.utf8.count <= 4095 && !path.utf8.contains(0)
            && path.utf8.split(separator: UInt8(ascii: "/")).allSatisfy { $0.count <= 255 }
    }
    /// What a catalog is followed at.
    static let location = TextRule(
        "a URL or a path that begins with '/'", pattern: Patterns.location, length: 1...2048
    ) { text in
        !text.utf8.contains(0) && (isWebAddress(text) || text.hasPrefix("file:") || isAbsolute(text))
    }

    /// Whether a location is asked over the network, and is no place of the host.
    static func isWebAddress(_ location: String) -> Bool {
        location.hasPrefix("https://") || location.hasPrefix("http://")
    }

    private static func isAbsolute(_ path: String) -> Bool { path.utf8.first == UInt8(ascii: "/") }

    /// The grammar of ids, which names and permissions share.
    private static func id(_ what: String) -> TextRule {
        TextRule(what, pattern: Patterns.id, length: 1...64) { AppID($0) != nil }
    }

    /// Any text of so many characters.
    static func free(_ length: ClosedRange<Int>) -> TextRule {
        let what = "a text of \(length.lowerBound) to \(length.upperBound) characters"
        return TextRule(what, pattern: Patterns.any, length: length) { !$0.utf8.contains(0) }
    }

    static func word(_ words: [String]) -> TextRule {
        TextRule(what: "one of " + words.joined(separator: ", "), schema: Schema.words(words)) { words.contains($0) }
    }

    private init(what: String, schema: JSONValue, takes: @escaping @Sendable (String) -> Bool) {
        self.what = what
        self.schema = schema
        self.takes = takes
    }

    /// ECMA 262 expressions without lookaround.
    private enum Patterns {
        static let id = "^[a-z0-9]([.]?([_-][.]?)*[a-z0-9])*$"
        static let version = "^[0-9A-Za-z]([.]?[0-9A-Za-z+_-])*[.]?$"
        static let digest = "^[0-9a-f]{64}$"
        // Three digits are enough in every unit.
        static let span = "^[0-9]{1,3}[smhdw]$"
        static let spanOrNone = "^([0-9]{1,3}[smhdw])?$"
        static let moment =
            "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
            + "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
        static let variable = "^[A-Za-z_][A-Za-z0-9_]*$"
        static let operation = "^[0-9a-f]{32}$"
        static let path = "^/[^\\u0000]*$"
        static let location = "^(https?://|file:|/)[^\\u0000]*$"
        static let any = "^[^\\u0000]*$"
    }
}

/// A setting as a request gives it.
package struct SettingValue: Sendable {
    package let name: String
    package let kind: ValueKind

    package static let all: [SettingValue] = [
        SettingValue("allowUnsigned", .flag), SettingValue("retention", .number(1...100)),
        SettingValue("limits.entries", .number(1...10_000_000)),
        SettingValue("limits.expandedBytes", .number(1...Int64.max)),
        SettingValue("limits.keepFreeBytes", .number(0...Int64.max)),
        SettingValue("limits.logBytes", .number((64 << 10)...(1 << 30))),
        SettingValue(
            "reviewMode",
            .text(
                .word([
                    "advisory", "warn_untrusted", "require_trusted_review",
                    "require_trusted_review_for_apply_when_stopped",
                ]))),
        SettingValue("cooldown", .text(.span)), SettingValue("channels", .list(.channel, 1...32)),
        SettingValue("runAs", .text(.free(0...64))),
        SettingValue("scheduler.enabled", .flag), SettingValue("scheduler.refreshSeconds", .number(60...31_536_000)),
        SettingValue("scheduler.checkSeconds", .number(60...31_536_000)),
        SettingValue("scheduler.jitterSeconds", .number(0...86_400)),
        SettingValue("scheduler.backoffSeconds", .number(1...86_400)),
        SettingValue("scheduler.maxBackoffSeconds", .number(1...86_400)),
    ]

    private init(_ name: String, _ kind: ValueKind) {
        self.name = name
        self.kind = kind
    }

    /// A value as an operator writes it.
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .array(let values): values.compactMap(\.asText).joined(separator: ",")
        default: value.text
        }
    }
}

extension JSONValue {
    /// Nil where it is no text.
    var asText: String? { if case .string(let text) = self { text } else { nil } }
}
