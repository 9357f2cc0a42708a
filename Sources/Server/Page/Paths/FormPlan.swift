import HostModel

/// The fields of a form, by their names. Pure.
package struct FormInput: Sendable {
    private let fields: [(name: String, value: String)]

    package init(_ fields: [(name: String, value: String)]) { self.fields = fields }

    /// The first of that name, without spaces around it; nil where there is none, or it is empty.
    func text(_ name: String) -> String? {
        guard let value = fields.first(where: { $0.name == name })?.value else { return nil }
        let trimmed = Self.trimmed(value)
        return trimmed.isEmpty ? nil : trimmed
    }

    /// Every value of that name, each once.
    func texts(_ name: String) -> [String] {
        var values: [String] = []
        for field in fields where field.name == name && !values.contains(field.value) { values.append(field.value) }
        return values
    }

    /// Whether a box was ticked.
    func isTicked(_ name: String) -> Bool { text(name) != nil }

    /// The fields whose names begin so, that are not empty: by the rest of their names.
    func members(_ prefix: String) -> [JSONValue.Member] {
        fields.filter { $0.name.hasPrefix(prefix) && !$0.value.isEmpty }
            .map { JSONValue.Member(String($0.name.dropFirst(prefix.count)), .string($0.value)) }
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}

/// The field that makes each form one of its own: sent twice, it is done once. Pure.
package enum FormNumber {
    package static let field = "form_number"

    /// - Returns: the key that the same form at the same path has each time; nil where the form has no number of ours.
    package static func key(of input: FormInput, path: String) -> String? {
        guard let number = input.text(field), number.utf8.count == 64, Hex.bytes(number.utf8) != nil else {
            return nil
        }
        return "\(number):\(path)"
    }
}

/// What a form asks of the API. Pure.
package enum FormPlan {
    /// - Throws: where the form lacks what every form of its kind has.
    package static func request(
        for action: FormAction, _ input: FormInput, key: String
    ) throws(APIError) -> APIRequest {
        switch action {
        case .checkAll: return post("/updates/check", [], key)
        case .app(let action, let app): return try request(for: action, of: app, input, key)
        case .addCatalog: return post("/app-catalogs/add", texts(["name", "location", "fingerprint"], input), key)
        case .refreshCatalogs: return post("/app-catalogs/refresh", [], key)
        case .refreshCatalog(let catalog): return post("/app-catalogs/\(catalog)/refresh", [], key)
        case .removeCatalog(let catalog): return ask("DELETE", "/app-catalogs/\(catalog)", key)
        case .install(let app, let catalog):
            let members = try expected(input) + texts(["version"], input) + consents(input) + values(input)
            return post("/app-catalogs/\(catalog)/apps/\(app)/install", members, key)
        case .runScheduler: return post("/scheduler/run", [], key)
        case .cancel(let operation): return post("/operations/\(operation)/cancel", [], key)
        }
    }

    private static func request(
        for action: FormAction.OfApp, of app: AppID, _ input: FormInput, _ key: String
    ) throws(APIError) -> APIRequest {
        let path = "/apps/\(app)"
        switch action {
        case .check: return post(path + "/updates/check", [], key)
        case .stage: return post(path + "/updates/stage", try expected(input) + consents(input), key)
        case .update:
            let members = try expected(input) + consents(input) + values(input) + restart(input)
            return post(path + "/update", members, key)
        case .apply:
            let members = try expected(input) + consents(input) + values(input) + restart(input)
            return post(path + "/updates/apply", members, key)
        case .unstage: return post(path + "/updates/unstage", [], key)
        case .rollback:
            // By its version, so that a second form does not lead back again.
            guard let version = input.text("to") else { throw .invalid("the form does not say which version") }
            let members = [JSONValue.Member("to", .string(version))]
            return post(path + "/updates/rollback", members + restart(input), key)
        case .uninstall: return ask("DELETE", path, query: input.isTicked("purge") ? "purge=true" : nil, key)
        case .policy: return post(path + "/updates/policy", policy(input), key)
        case .hold: return post(path + "/hold", texts(["for"], input), key)
        case .unhold: return ask("DELETE", path + "/hold", key)
        case .start, .stop, .restart: return post(path + "/\(action.rawValue)", [], key)
        }
    }

    // MARK: Members

    private static func texts(_ names: [String], _ input: FormInput) -> [JSONValue.Member] {
        names.compactMap { name in input.text(name).map { JSONValue.Member(name, .string($0)) } }
    }

    /// What was looked at.
    private static func expected(_ input: FormInput) throws(APIError) -> [JSONValue.Member] {
        guard let digest = input.text("expect") else { throw .invalid("the form does not say what was looked at") }
        return [JSONValue.Member("expect", .string(digest))]
    }

    private static func consents(_ input: FormInput) -> [JSONValue.Member] {
        let accepted = input.texts("accept")
        return accepted.isEmpty ? [] : [JSONValue.Member("accept", accepted.json)]
    }

    private static func values(_ input: FormInput) -> [JSONValue.Member] {
        let values = input.members("env.")
        return values.isEmpty ? [] : [JSONValue.Member("environment", .object(values))]
    }

    private static func restart(_ input: FormInput) -> [JSONValue.Member] {
        guard input.isTicked("restart") else { return [] }
        return [JSONValue.Member("restart", .bool(true))] + texts(["health"], input)
            + [JSONValue.Member("rollbackOnFailure", .bool(!input.isTicked("leave")))]
    }

    /// An empty field means what the host's settings say.
    private static func policy(_ input: FormInput) -> [JSONValue.Member] {
        let channels = (input.text("channels") ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        return texts(["mode"], input) + [
            JSONValue.Member("channels", channels.json),
            JSONValue.Member("cooldown", .string(input.text("cooldown") ?? "")),
        ]
    }

    // MARK: Requests

    private static func post(_ path: String, _ members: [JSONValue.Member], _ key: String) -> APIRequest {
        APIRequest(
            "POST", PathTemplate.base + path, contentType: "application/json", idempotencyKey: key,
            body: JSONValue.object(members).bytes)
    }

    private static func ask(_ method: String, _ path: String, query: String? = nil, _ key: String) -> APIRequest {
        APIRequest(method, PathTemplate.base + path, query: query, idempotencyKey: key)
    }
}
