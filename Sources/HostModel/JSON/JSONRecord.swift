/// One JSON object being read key by key: what is missing, of another type or left over is an error that names its place.
///
///     var record = try JSONRecord(bytes, file: "manifest.json", limit: 256 << 10, schema: 1)
///     let name = try record.required("name").string()
///     try record.finish()
package struct JSONRecord: Sendable {
    package let file: String
    private let path: String
    private var remaining: [JSONValue.Member]

    /// Reads the outermost object of a file.
    ///
    /// - Parameters:
    ///   - file: the name that errors give.
    ///   - limit: most bytes the text may have.
    ///   - schema: the newest `schema` number understood; nil for formats without one (DSSE, in-toto).
    /// - Throws: ``RecordError`` when the text is too long, no strict JSON, no object, or of another schema.
    package init(_ bytes: [UInt8], file: String, limit: Int, schema: Int64? = nil) throws(RecordError) {
        guard bytes.count <= limit else {
            throw RecordError(file: file, problem: "it is longer than \(limit) bytes")
        }
        let value: JSONValue
        do throws(StrictJSON.SyntaxError) {
            value = try StrictJSON.parse(bytes)
        } catch {
            throw RecordError(file: file, problem: "\(error.problem) at byte \(error.offset)")
        }
        try self.init(value, file: file, schema: schema)
    }

    /// Takes apart an object that stands inside another file.
    ///
    /// - Throws: ``RecordError`` when it is no object, or of another schema.
    package init(_ value: JSONValue, file: String, schema: Int64? = nil) throws(RecordError) {
        self = try JSONField(value: value, file: file, around: "", name: "").record()
        if let schema {
            let found = try required("schema").integer()
            guard found <= schema else { throw RecordError(file: file, problem: "", needsNewer: true) }
            guard found == schema else { throw RecordError(file: file, problem: "schema \(found) is unknown") }
        }
    }

    fileprivate init(members: [JSONValue.Member], file: String, path: String) {
        self.remaining = members
        self.file = file
        self.path = path
    }

    /// The value of `key`, which must be there and not null.
    package mutating func required(_ key: String) throws(RecordError) -> JSONField {
        guard let field = optional(key) else {
            throw RecordError(file: file, problem: "\(quoted(path + key)) is missing")
        }
        return field
    }

    /// The value of `key`; nil when it is absent or null.
    package mutating func optional(_ key: String) -> JSONField? {
        guard let index = remaining.firstIndex(where: { $0.key.utf8.elementsEqual(key.utf8) }) else { return nil }
        let value = remaining.remove(at: index).value
        if case .null = value { return nil }
        return JSONField(value: value, file: file, around: path, name: key)
    }

    /// - Throws: ``RecordError`` that names a key nobody asked for. `x-…` is anybody's.
    package func finish() throws(RecordError) {
        if let unknown = remaining.first(where: { !$0.key.hasPrefix("x-") }) {
            throw RecordError(file: file, problem: "\(quoted(path + unknown.key)) is not a key it may have")
        }
    }

    /// Every member not yet asked for, as fields.
    package func rest() -> [(key: String, field: JSONField)] {
        remaining.map { ($0.key, JSONField(value: $0.value, file: file, around: path, name: $0.key)) }
    }

    package func error(_ problem: String) -> RecordError { RecordError(file: file, problem: problem) }
}

/// One value inside a ``JSONRecord``, with the place it stands at.
package struct JSONField: Sendable {
    package let value: JSONValue
    package let file: String
    /// The path up to its own name. Both are put together only for an error: a file may have very many fields.
    fileprivate let around: String
    fileprivate let name: String

    package var path: String { around + name }

    package func string() throws(RecordError) -> String {
        guard case .string(let text) = value else { throw wrong("a string") }
        return text
    }

    /// A string that `parse` understands; `what` names it in the error.
    package func parsed<Value>(_ what: String, _ parse: (String) -> Value?) throws(RecordError) -> Value {
        guard let value = parse(try string()) else { throw wrong(what) }
        return value
    }

    package func integer(in range: ClosedRange<Int64> = 0...Int64.max) throws(RecordError) -> Int64 {
        guard case .integer(let number) = value, range.contains(number) else {
            throw wrong(
                range == 0...Int64.max
                    ? "a whole number" : "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    package func bool() throws(RecordError) -> Bool {
        guard case .bool(let flag) = value else { throw wrong("true or false") }
        return flag
    }

    package func array() throws(RecordError) -> [JSONField] {
        guard case .array(let values) = value else { throw wrong("a list") }
        let path = path
        return values.enumerated().map { JSONField(value: $1, file: file, around: path, name: "[\($0)]") }
    }

    package func strings() throws(RecordError) -> [String] {
        var strings: [String] = []
        for element in try array() { strings.append(try element.string()) }
        return strings
    }

    package func record() throws(RecordError) -> JSONRecord {
        guard case .object(let members) = value else { throw wrong("an object") }
        let path = path
        return JSONRecord(members: members, file: file, path: path.isEmpty ? "" : path + ".")
    }

    package func wrong(_ expected: String) -> RecordError {
        RecordError(file: file, problem: path.isEmpty ? "it is not \(expected)" : "\(quoted(path)) is not \(expected)")
    }
}

/// A file that cannot be read as what it should be.
package struct RecordError: Error, Equatable {
    package let file: String
    package let problem: String
    package let needsNewer: Bool

    package init(file: String, problem: String, needsNewer: Bool = false) {
        self.file = file
        self.problem = problem
        self.needsNewer = needsNewer
    }
}

extension RecordError: Failure {
    package var code: FailureCode { needsNewer ? .needsNewerApphost : .recordUnreadable }
    package var message: String {
        needsNewer ? "\(quoted(file)) needs a newer apphost" : "\(quoted(file)) cannot be read: \(problem)"
    }
    package var help: String? {
        needsNewer ? "update apphost on this host" : "'apphost doctor' looks for more damage"
    }
}
