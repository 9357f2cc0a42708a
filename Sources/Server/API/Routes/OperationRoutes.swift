import HostModel
import Hosting

/// What takes its time, while it does and afterwards. An app sees what it asked for itself, and nothing else.
enum OperationRoutes {
    static let all: [Route] = [
        Route(
            .get, "/operations", "listOperations", "Those under way and the last that are over, the newest first.",
            for: .capabilities([]), answer: .value("Operations"), failures: []
        ) { input in
            let shown = await input.operations.all.filter { isShown($0, to: input.caller) }
            return ["operations": shown]
        },
        Route(
            .get, "/operations/{operation}", "showOperation", "One operation: how far it is, or what came of it.",
            for: .capabilities([]), query: [.waitSeconds], answer: .anyOperation, failures: []
        ) { input in
            let id = try await known(input)
            let wait = Duration.seconds(input.number(Parameter.waitSeconds.name) ?? 0)
            return ["operation": try existing(await input.operations.operation(id, within: wait))]
        },
        Route(
            .post, "/operations/{operation}/cancel", "cancelOperation",
            "Ask an operation to stop. What swaps already is not interrupted any more.", for: .capabilities([]),
            answer: .anyOperation, failures: []
        ) { input in
            let id = try await known(input)
            return ["operation": try existing(await input.operations.cancel(id))]
        },
        Route(
            .get, "/openapi.json", "describe", "This document.", for: .anybody, answer: .document, failures: []
        ) { _ in
            OpenAPIDocument.json
        },
    ]

    private static func isShown(_ operation: Operation, to caller: Caller) -> Bool {
        caller.isPerson || operation.askedBy == caller.askingApp
    }

    /// - Throws: 404 also for the operation of somebody else.
    private static func known(_ input: RouteInput) async throws(APIError) -> OperationID {
        let id = try input.required("operation") { OperationID($0) }
        let operation = try existing(await input.operations.operation(id))
        guard isShown(operation, to: input.caller) else { throw .noSuchOperation }
        return id
    }

    private static func existing(_ operation: Operation?) throws(APIError) -> Operation {
        guard let operation else { throw .noSuchOperation }
        return operation
    }
}
