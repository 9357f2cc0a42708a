import HostModel
import Hosting
import Server
import Testing

/// The document is made from the table, and what is answered is what it says.
struct OpenAPITests {
    private static let document = OpenAPIDocument.json

    @Test func `it has every route, who may use it, and nothing else`() {
        let paths = Self.document["paths"]
        var found: Set<String> = []
        for path in paths?.keys ?? [] {
            for method in paths?[path]?.keys ?? [] { found.insert("\(method.uppercased()) \(path)") }
        }
        #expect(found == Set(RouteTable.all.map { "\($0.method.rawValue) \($0.template)" }))
        for route in RouteTable.all {
            let item = paths?[route.template.description]?[route.method.rawValue.lowercased()]
            #expect(item?["operationId"]?.asString == route.operationID)
            #expect(item?["x-capability"]?.asString == route.requirement.words)
            #expect(item?["responses"]?.keys == route.statuses.map { "\($0)" })
            let body = item?["requestBody"]?["content"]?["application/json"]?["schema"]?["properties"]?.keys ?? []
            #expect(body == route.body.map(\.name))
            let parameters = item?["parameters"]?.list.filter { $0["in"]?.asString != "header" } ?? []
            let names = parameters.compactMap { $0["name"]?.asString }
            #expect(names == (route.path + route.query).map(\.name))
        }
    }

    @Test func `every failure of a route has a status that is described`() {
        for route in RouteTable.all {
            for code in route.failures { #expect(route.statuses.contains(code.httpStatus), "\(route.operationID)") }
            for status in route.statuses where status >= 300 {
                let item = Self.document["paths"]?[route.template.description]?[route.method.rawValue.lowercased()]
                let words = item?["responses"]?["\(status)"]?["description"]?.asString
                #expect(words != nil && words != "It failed.", "\(route.operationID) \(status)")
            }
        }
    }

    @Test func `every schema is there that is referred to, once`() {
        let names = Self.document["components"]?["schemas"]?.keys ?? []
        #expect(Set(names).count == names.count)
        var missing: Set<String> = []
        func look(_ value: JSONValue) {
            switch value {
            case .array(let values): values.forEach(look)
            case .object(let members):
                for member in members {
                    if member.key == "$ref", let text = member.value.asString {
                        let name = String(text.split(separator: "/").last ?? "")
                        if !names.contains(name) { missing.insert(name) }
                    }
                    look(member.value)
                }
            default: break
            }
        }
        look(Self.document)
        #expect(missing == [])
    }

    @Test func `every setting of this version may be changed`() {
        let unknown = Settings.keys.map(\.name).filter { name in !SettingValue.all.contains { $0.name == name } }
        #expect(unknown == [])
    }

    @Test func `it is served as it is`() async throws {
        let answer = try await Bench().ask("GET", "/openapi.json", by: .nobody)
        #expect(answer.status == 200)
        #expect(answer.json.text == Self.document.text)
        #expect(answer.json["openapi"]?.asString == "3.1.0")
    }

    @Test func `what is answered is what the document says`() async throws {
        let bench = try await Bench.withNotes()
        let catalog = try bench.catalog(of: [bench.bundle("1.1.0")])
        let add: JSONValue = ["name": "demo", "location": catalog.path, "fingerprint": catalog.fingerprint]
        let asked: [(String, String, String)] = [
            ("POST", "/app-catalogs/add", add.text),
            ("POST", "/app-catalogs/add", #"{"name":"none","location":"/none"}"#),
            ("POST", "/app-catalogs/refresh", ""), ("POST", "/app-catalogs/demo/refresh", ""),
            ("GET", "/app-catalogs", ""), ("GET", "/app-catalogs/demo", ""), ("GET", "/app-catalogs/demo/apps", ""),
            ("GET", "/search", ""), ("GET", "/apps", ""), ("GET", "/apps/notes", ""), ("GET", "/apps/none", ""),
            ("GET", "/runtime", ""), ("GET", "/apps/notes/runtime", ""), ("GET", "/apps/notes/logs", ""),
            ("POST", "/updates/check", ""), ("POST", "/apps/notes/updates/check", ""),
            ("GET", "/updates", ""), ("GET", "/apps/notes/updates/review", ""),
            ("GET", "/apps/notes/updates", ""), ("POST", "/apps/notes/update", #"{"catalog":"demo"}"#),
            ("POST", "/apps/notes/update", #"{"catalog":"demo","accept":["publisher"]}"#),
            ("GET", "/apps/notes", ""), ("GET", "/apps/notes/updates", ""), ("POST", "/updates/check", ""),
            ("GET", "/updates", ""), ("GET", "/apps/notes/updates/review", ""),
            ("POST", "/apps/notes/updates/rollback", ""), ("POST", "/apps/notes/updates/apply", ""),
            ("GET", "/apps/notes/history", ""), ("GET", "/apps/notes/updates/policy", ""),
            ("POST", "/apps/notes/updates/policy", #"{"mode":"stage"}"#), ("POST", "/apps/notes/hold", ""),
            ("GET", "/apps/notes/config", ""), ("GET", "/apps/notes/secrets", ""),
            ("PUT", "/apps/notes/secrets/NOTES_TOKEN", #"{"value":"a"}"#), ("GET", "/apps/notes/permissions", ""),
            ("GET", "/trust", ""), ("POST", "/trust/notes/status", #"{"status":"retiring"}"#),
            ("GET", "/settings", ""), ("PATCH", "/settings", #"{"settings":{"retention":2}}"#),
            ("GET", "/scheduler", ""), ("POST", "/scheduler/run", ""), ("GET", "/scheduler", ""),
            ("POST", "/apps/notes/verify", ""), ("POST", "/doctor", ""), ("POST", "/apps/notes/start", ""),
            ("GET", "/operations", ""), ("DELETE", "/app-catalogs/demo", ""), ("DELETE", "/apps/notes", ""),
            ("GET", "/apps/notes/history", ""), ("PATCH", "/apps/notes/config", ""),
        ]
        for (method, path, body) in asked {
            let route = try API.match(method, "/api/v1" + path).route
            let waits = route.query.contains { $0.name == "wait" }
            let answer = try await bench.ask(
                method, waits ? path + "?wait=60" : path, bytes: Array(body.utf8), type: "application/json")
            expect(answer, from: route)
            if let id = answer.operation?["id"]?.asString {
                let again = try await bench.ask("GET", "/operations/\(id)")
                expect(again, from: try API.match("GET", "/api/v1/operations/\(id)").route)
            }
        }
    }

    private func expect(_ answer: Bench.Answer, from route: Route) {
        let name = "\(route.method.rawValue) \(route.template) \(answer.status)"
        #expect(answer.status < 500, "\(name): \(answer.text)")
        let item = Self.document["paths"]?[route.template.description]?[route.method.rawValue.lowercased()]
        let schema = item?["responses"]?["\(answer.status)"]?["content"]?["application/json"]?["schema"]
        guard let schema else {
            Issue.record("\(name) is not in the document")
            return
        }
        let problems = SchemaCheck(document: Self.document).problems(of: answer.json, by: schema, at: "")
        #expect(problems == [], "\(name): \(answer.text)")
    }
}

/// As much of JSON Schema as the document uses, for what is answered.
struct SchemaCheck {
    let document: JSONValue

    /// - Returns: where a value is not as its schema says.
    func problems(of value: JSONValue, by schema: JSONValue, at place: String) -> [String] {
        if let reference = schema["$ref"]?.asString {
            let name = String(reference.split(separator: "/").last ?? "")
            guard let target = document["components"]?["schemas"]?[name] else { return ["\(place): no \(name)"] }
            return problems(of: value, by: target, at: place)
        }
        if let choices = schema["anyOf"] {
            let fits = choices.list.contains { problems(of: value, by: $0, at: place).isEmpty }
            return fits ? [] : ["\(place): none of the choices"]
        }
        if let constant = schema["const"] {
            return constant.text == value.text ? [] : ["\(place): not \(constant.text)"]
        }
        let types = types(of: schema)
        guard types.contains(kind(of: value)) else { return ["\(place): \(kind(of: value)), not \(types)"] }
        if value.isNull { return [] }
        if let words = schema["enum"]?.list, !words.contains(where: { $0.text == value.text }) {
            return ["\(place): \(value.text) is no such word"]
        }
        if let items = schema["items"] {
            return value.list.enumerated().flatMap { index, element in
                problems(of: element, by: items, at: "\(place)[\(index)]")
            }
        }
        guard case .object(let members) = value, let properties = schema["properties"] else { return [] }
        let required = (schema["required"]?.list ?? []).compactMap(\.asString)
        var found = required.filter { !value.keys.contains($0) }.map { "\(place).\($0): missing" }
        for member in members {
            if let property = properties[member.key] {
                found += problems(of: member.value, by: property, at: "\(place).\(member.key)")
            } else {
                found.append("\(place).\(member.key): not in the schema")
            }
        }
        return found
    }

    /// One word, or a list of them.
    private func types(of schema: JSONValue) -> [String] {
        if let word = schema["type"]?.asString { return [word] }
        return (schema["type"]?.list ?? []).compactMap(\.asString)
    }

    private func kind(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
