import HostModel

/// The API in OpenAPI 3.1, made from the table of routes.
package enum OpenAPIDocument {
    package static let json: JSONValue = document(of: RouteTable.all)
    /// As it is served.
    static let text = json.line

    static func document(of routes: [Route]) -> JSONValue {
        let bearer: JSONValue = [
            "type": "http", "scheme": "bearer",
            "description": "an operator's token, or an app's from APPHOST_APP_TOKEN; over the socket none is needed",
        ]
        let description =
            "Install, update and roll back signed application bundles. 'x-capability' says who may: anybody, the "
            + "operator alone, or the operator and apps that were granted all of what is named."
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "AppHost", "version": Platform.version, "description": description,
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"] as JSONValue,
            ] as JSONValue,
            "security": [["token": [String]()] as JSONValue],
            "paths": paths(of: routes),
            "components": [
                "schemas": JSONValue.object(schemas(of: routes).map { JSONValue.Member($0.0, $0.1) }),
                "securitySchemes": ["token": bearer] as JSONValue,
            ] as JSONValue,
        ]
    }

    // MARK: Paths

    private static func paths(of routes: [Route]) -> JSONValue {
        var names: [String] = []
        for name in routes.map(\.template.description) where !names.contains(name) { names.append(name) }
        return .object(
            names.map { name in
                let methods = routes.filter { $0.template.description == name }.map { route in
                    JSONValue.Member(route.method.rawValue.lowercased(), item(route))
                }
                return JSONValue.Member(name, .object(methods))
            })
    }

    private static func item(_ route: Route) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("operationId", route.operationID.json), .init("summary", route.summary.json),
            .init("x-capability", route.requirement.words.json), .init("parameters", parameters(of: route)),
        ]
        if route.requirement == .anybody { members.append(.init("security", .array([]))) }
        if !route.body.isEmpty { members.append(.init("requestBody", requestBody(of: route))) }
        members.append(.init("responses", responses(of: route)))
        return .object(members)
    }

    private static func parameters(of route: Route) -> JSONValue {
        func parameter(_ parameter: Parameter, in place: String) -> JSONValue {
            described(
                parameter,
                [
                    .init("name", parameter.name.json), .init("in", place.json),
                    .init("required", parameter.isRequired.json), .init("schema", parameter.kind.schema),
                ])
        }
        var all: [JSONValue] = route.path.map { parameter($0, in: "path") }
        all += route.query.map { parameter($0, in: "query") }
        if route.isOperation {
            all.append([
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "the same key with the same request gives the same operation",
                "schema": ["type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": 255] as JSONValue,
            ])
        }
        return .array(all)
    }

    private static func requestBody(of route: Route) -> JSONValue {
        let properties = route.body.map { field -> JSONValue.Member in
            guard case .object(let members) = field.kind.schema else { return .init(field.name, field.kind.schema) }
            return .init(field.name, described(field, members))
        }
        let required = route.body.filter(\.isRequired).map(\.name)
        let schema: JSONValue = [
            "type": "object", "properties": JSONValue.object(properties), "required": required,
            "additionalProperties": false,
        ]
        return ["required": !required.isEmpty, "content": content(schema)]
    }

    private static func described(_ parameter: Parameter, _ members: [JSONValue.Member]) -> JSONValue {
        let more: [JSONValue.Member] =
            parameter.isOperatorOnly ? [.init("x-operator-only", true.json)] : []
        return .object(members + [.init("description", parameter.meaning.json)] + more)
    }

    private static func content(_ schema: JSONValue) -> JSONValue {
        ["application/json": ["schema": schema] as JSONValue]
    }

    // MARK: Responses

    private static func responses(of route: Route) -> JSONValue {
        .object(
            route.statuses.map { status in
                JSONValue.Member("\(status)", status < 300 ? success(status, of: route) : failure(status))
            })
    }

    private static func success(_ status: Int, of route: Route) -> JSONValue {
        let schema: JSONValue =
            switch route.answer {
            case .value(let name), .valueWithWarnings(let name): Schema.reference(name)
            case .operation(let result): Schema.object([("operation", Schema.reference(operationName(result)))])
            case .anyOperation: Schema.object([("operation", Schema.reference(anyOperation))])
            case .document: ["type": "object"]
            }
        if route.isOperation {
            let location: JSONValue = [
                "description": "where the operation is", "required": true, "schema": Schema.text,
            ]
            return [
                "description": status == 202 ? "It is under way." : "It is over, done or failed.",
                "headers": ["Location": location] as JSONValue, "content": content(schema),
            ]
        }
        return ["description": "Done.", "content": content(schema)]
    }

    private static func failure(_ status: Int) -> JSONValue {
        ["description": reasons[status] ?? "It failed.", "content": content(Schema.reference("Error"))]
    }

    /// For each status that is no success.
    static let reasons: [Int: String] = [
        400: "The request is not one that this route takes.", 401: "Nobody known asks.",
        403: "Whoever asks may not do that, or a gate, consent or the host's owner says no.",
        404: "There is no such thing.", 405: "That cannot be done with it.",
        409: "It cannot be done now, or is so already.", 413: "The body is too long.",
        415: "The body is not application/json.", 422: "What was found contradicts itself, or a value cannot be taken.",
        500: "The host failed.", 503: "The host cannot be used now.", 507: "There is no room.",
    ]

    // MARK: Schemas

    private static let anyOperation = "Operation"

    private static func operationName(_ result: String) -> String { "OperationOf\(result)" }

    /// Every schema that is referred to, each once.
    private static func schemas(of routes: [Route]) -> [(String, JSONValue)] {
        var results: [String] = []
        for case .operation(let name) in routes.map(\.answer) where !results.contains(name) { results.append(name) }
        let anyResult: JSONValue = ["anyOf": results.map { Schema.reference($0) }]
        var schemas: [(String, JSONValue)] = [
            ("Operations", Schema.object([("operations", Schema.list(Schema.reference(anyOperation)))])),
            (anyOperation, HostSchemas.operation(anyResult)),
        ]
        for name in results { schemas.append((operationName(name), HostSchemas.operation(Schema.reference(name)))) }
        return schemas + AppSchemas.all + CatalogSchemas.all + HostSchemas.all
    }
}
