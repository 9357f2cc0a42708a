import HostModel
import Hosting

/// What a route's work is given: who asks, and values that were looked at one by one already.
package struct RouteInput: Sendable {
    /// Acts in the name of who asks.
    let host: AppHost
    let caller: Caller
    let operations: OperationStore
    /// What the work has to say beside its answer.
    let warnings = Warnings()
    private let values: [String: JSONValue]

    init(host: AppHost, caller: Caller, operations: OperationStore, values: [String: JSONValue]) {
        self.host = host
        self.caller = caller
        self.operations = operations
        self.values = values
    }

    /// Takes a request apart as a route wants it.
    ///
    /// - Parameter path: the values that stand in the path.
    /// - Throws: what is wrong with the request. No message repeats what was sent.
    static func values(
        of request: APIRequest, path: [String: String], for route: Route, caller: Caller
    ) throws(APIError) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for parameter in route.path {
            guard let text = path[parameter.name], let value = parameter.kind.parsed(text) else {
                throw .invalid("the path does not have \(parameter.kind.what) as \(quoted(parameter.name))")
            }
            values[parameter.name] = value
        }
        for (name, text) in try QueryItems.parse(request.query ?? "") {
            guard let parameter = route.query.first(where: { $0.name == name }) else {
                throw .invalid("the query has a name that it may not have")
            }
            guard values[name] == nil else { throw .invalid("the query has \(quoted(name)) twice") }
            guard let value = parameter.kind.parsed(text) else {
                throw .invalid("the query's \(quoted(name)) is not \(parameter.kind.what)")
            }
            values[name] = value
        }
        for member in try members(of: request) {
            guard let field = route.body.first(where: { $0.name == member.key }) else {
                throw .invalid("the body has a member that it may not have")
            }
            guard field.kind.takes(member.value) else {
                throw .invalid("the body's \(quoted(field.name)) is not \(field.kind.what)")
            }
            values[field.name] = member.value
        }
        for parameter in route.query + route.body {
            if parameter.isRequired, values[parameter.name] == nil {
                throw .invalid("\(quoted(parameter.name)) is missing")
            }
            if parameter.isOperatorOnly, values[parameter.name] != nil, !caller.isPerson {
                throw .notAllowed("no app may give \(quoted(parameter.name))")
            }
        }
        return values
    }

    private static func members(of request: APIRequest) throws(APIError) -> [JSONValue.Member] {
        guard !request.body.isEmpty else { return [] }
        guard request.body.count <= APIRequest.bodyLimit else { throw .tooLarge }
        guard isJSON(request.contentType) else { throw .notJSON }
        let value: JSONValue
        do throws(StrictJSON.SyntaxError) {
            value = try StrictJSON.parse(request.body)
        } catch {
            // What was found may be a secret in the wrong place, so only where it stands is said.
            throw .invalid("the body is no strict JSON, at byte \(error.offset)")
        }
        guard case .object(let members) = value else { throw .invalid("the body is no JSON object") }
        return members
    }

    private static func isJSON(_ type: String?) -> Bool {
        guard let type = type?.lowercased() else { return false }
        let parts = type.split(separator: ";", omittingEmptySubsequences: false).map { part in
            part.filter { $0 != " " && $0 != "\t" }
        }
        return parts.first == "application/json" && parts.dropFirst().allSatisfy { $0 == "charset=utf-8" }
    }

    // MARK: Values

    /// False where it was not given.
    func flag(_ name: String) -> Bool {
        if case .bool(true)? = values[name] { true } else { false }
    }

    /// Nil where it was not given.
    func choice(_ name: String) -> Bool? {
        if case .bool(let flag)? = values[name] { flag } else { nil }
    }

    func number(_ name: String) -> Int64? {
        if case .integer(let number)? = values[name] { number } else { nil }
    }

    func text(_ name: String) -> String? { values[name]?.asText }

    func texts(_ name: String) -> [String]? {
        if case .array(let values)? = values[name] { values.compactMap(\.asText) } else { nil }
    }

    func members(_ name: String) -> [JSONValue.Member] {
        if case .object(let members)? = values[name] { members } else { [] }
    }

    /// - Throws: where it was not given, or `parse` takes less than the route.
    func required<Value>(_ name: String, _ parse: (String) -> Value?) throws(APIError) -> Value {
        guard let value = text(name).flatMap(parse) else { throw .invalid("\(quoted(name)) is missing") }
        return value
    }

    /// - Throws: where `parse` takes less than the route.
    func optional<Value>(_ name: String, _ parse: (String) -> Value?) throws(APIError) -> Value? {
        guard text(name) != nil else { return nil }
        return try required(name, parse)
    }

    /// The app that the path names.
    func app() throws(APIError) -> AppID { try required("id") { AppID($0) } }

    /// The catalog that the path names.
    func catalog() throws(APIError) -> AppID { try required("catalog") { AppID($0) } }

    // MARK: Work

    /// For what only looks, or is over at once.
    func options() -> ChangeOptions {
        ChangeOptions(dryRun: flag("dryRun"), warn: { [warnings] sentence in warnings.add(sentence) })
    }

    /// The options of an operation with what the request says of them.
    func applied(to given: ChangeOptions) -> ChangeOptions {
        var options = given
        options.dryRun = flag("dryRun")
        options.offline = flag("offline")
        options.accepted = Set((texts("accept") ?? []).compactMap { Consent(rawValue: $0) })
        options.values = SuppliedValues(environment: assignments("environment"))
        if flag("restart") {
            options.restart = RestartChoice(
                health: text("health").flatMap { HealthMode(rawValue: $0) },
                undoes: choice("rollbackOnFailure") ?? true)
        }
        return options
    }

    /// - Throws: where it says what an app has to show after a restart, and asks for none.
    func requireRestart() throws(APIError) {
        guard !flag("restart"), text("health") != nil || choice("rollbackOnFailure") != nil else { return }
        throw .invalid("'health' and 'rollbackOnFailure' go with 'restart'")
    }

    func assignments(_ name: String) -> [ConfigurationChange.Assignment] {
        members(name).map { .init(name: $0.key, value: $0.value.asText ?? "") }
    }

    /// Finishes or undoes what killed commands left, as every command does that changes something.
    func recover() {
        if flag("dryRun") { return }
        for failure in host.recover() { warnings.add(failure.message) }
    }
}

/// The names and values of a query, strictly decoded. Pure.
enum QueryItems {
    static func parse(_ query: String) throws(APIError) -> [(name: String, value: String)] {
        if query.isEmpty { return [] }
        guard query.utf8.count <= 8 << 10 else { throw .invalid("the query is too long") }
        var items: [(name: String, value: String)] = []
        for part in query.split(separator: "&", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEscapes.decoded(words[0], plusIsSpace: true),
                let value = PercentEscapes.decoded(words.count > 1 ? words[1] : "", plusIsSpace: true)
            else { throw .invalid("the query has an escape that means nothing") }
            items.append((name: name, value: value))
        }
        return items
    }
}

/// Percent-encoding as RFC 3986 has it, section 2.1, and nothing that some would let pass. Pure.
enum PercentEscapes {
    /// - Returns: nil where an escape is not two hexadecimal digits, or what comes out is not UTF-8 or has a NUL.
    static func decoded(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
