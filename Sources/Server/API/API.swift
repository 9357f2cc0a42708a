import Glibc
import HostModel
import Hosting

/// The HTTP API without HTTP: requests in, answers out, whatever they come over.
///
/// It adds no logic: each route calls the method that the command line calls.
package struct API: Sendable {
    private let host: AppHost
    private let operations: OperationStore
    private let redaction: PathRedaction
    private let unexpected: @Sendable (any Error) -> Void
    private let readings = SharedReadings<Reading, APIResponse>(on: WorkExecutor())

    /// What makes two readings the same.
    private struct Reading: Hashable {
        let caller: Caller
        let path: String
        let query: String?
        let isHead: Bool
    }

    /// - Parameters:
    ///   - host: its root is best named by an absolute path, which no answer then holds.
    ///   - unexpected: told of each error that no layer named, which no answer repeats.
    package init(
        host: AppHost, operations: OperationStore, unexpected: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.host = host
        self.operations = operations
        self.unexpected = unexpected
        redaction = PathRedaction(roots: [host.rootPath] + [Self.resolved(host.rootPath)].compactMap { $0 })
    }

    /// What is asked, for whoever decides and keeps account of it.
    ///
    /// - Throws: 404, 405, or 400 for a path that is none.
    package static func match(_ method: String, _ path: String) throws(APIError) -> Router.Match {
        try router.match(method, path)
    }

    /// What is done once something may be changed, and before any of it is.
    package typealias BeforeChange = @Sendable () async -> Void

    /// Does what is asked, where the caller may.
    ///
    /// - Parameter beforeChange: called where the method is one that changes something, and nothing is wrong with the
    ///   request.
    package func respond(
        to request: APIRequest, caller: Caller, beforeChange: BeforeChange = {}
    ) async -> APIResponse {
        let isHead = request.method == "HEAD"
        let match: Router.Match
        do throws(APIError) {
            match = try Self.router.match(request.method, request.path)
        } catch {
            // Nobody unknown learns what there is.
            return refusal(caller == .nobody ? .notAuthenticated : error, isHead)
        }
        let route = match.route
        do {
            let input = try input(of: request, match, caller)
            switch route.work {
            case .now(let work) where route.isShared:
                let reading = Reading(caller: caller, path: request.path, query: request.query, isHead: isHead)
                return await readings.value(of: reading) { await answer(of: work, to: route, input, isHead: isHead) }
            case .now(let work):
                if route.method != .get { await beforeChange() }
                return await answer(of: work, to: route, input, isHead: isHead)
            case .later(let begin):
                let work = try begin(input)
                await beforeChange()
                return try await self.begin(work, route, input, request)
            }
        } catch {
            return failure(error, isHead)
        }
    }

    /// Begins what is asked as an operation, also what is over at once, so that a key has it done once.
    ///
    /// - Parameter beforeChange: as of ``respond(to:caller:beforeChange:)``.
    /// - Throws: why it was not begun. Nothing was done.
    func begin(
        _ request: APIRequest, caller: Caller, beforeChange: BeforeChange
    ) async throws(APIError) -> Operation {
        let match = try Self.router.match(request.method, request.path)
        let route = match.route
        let input = try input(of: request, match, caller)
        let work = try Self.work(of: route, input, app: match.app)
        let key = try Self.key(of: request, caller)
        await beforeChange()
        return try await operations.begin(
            route.operationID, work, askedBy: caller.askingApp, key: key, fingerprint: Self.fingerprint(of: request))
    }

    /// What the work of a route is given, where the caller may have it done.
    private func input(
        of request: APIRequest, _ match: Router.Match, _ caller: Caller
    ) throws(APIError) -> RouteInput {
        if case .refused(let reason) = AccessPolicy.decision(for: match.route.requirement, caller: caller) {
            throw APIError(reason)
        }
        let values = try RouteInput.values(of: request, path: match.values, for: match.route, caller: caller)
        return RouteInput(
            host: host.acting(as: caller.actor), caller: caller, operations: operations, values: values)
    }

    /// What is shown of an error: without paths of the host.
    func shown(_ error: APIError) -> JSONValue { .object(error.members(redaction)) }

    private static func work(of route: Route, _ input: RouteInput, app: AppID?) throws(APIError) -> Work {
        switch route.work {
        case .later(let begin):
            do { return try begin(input) } catch { throw APIError(error) }
        case .now(let body):
            return Work(app: app) { options in
                let result = try await body(input)
                for warning in input.warnings.all { options.warn(warning) }
                return WorkOutcome(result)
            }
        }
    }

    private static let router = Router(RouteTable.all)

    private func refusal(_ error: APIError, _ isHead: Bool) -> APIResponse { error.response(redaction, isHead: isHead) }

    private func failure(_ error: any Error, _ isHead: Bool) -> APIResponse {
        if !(error is APIError), !(error is any Failure) { unexpected(error) }
        return refusal(APIError(error), isHead)
    }

    // MARK: Answers

    private func answer(
        of work: @Sendable (RouteInput) async throws -> JSONValue, to route: Route, _ input: RouteInput, isHead: Bool
    ) async -> APIResponse {
        do {
            return answer(try await work(input), to: route, input, isHead: isHead)
        } catch {
            return failure(error, isHead)
        }
    }

    private func answer(_ value: JSONValue, to route: Route, _ input: RouteInput, isHead: Bool) -> APIResponse {
        // What it says of paths is what it is for.
        if route.answer == .document { return APIResponse(status: 200, OpenAPIDocument.text, isHead: isHead) }
        var shown = redaction.value(value)
        if route.warns, case .object(let members) = shown {
            let warnings = input.warnings.all.map { redaction.sentence($0) }
            shown = .object(members + [JSONValue.Member("warnings", warnings.json)])
        }
        return APIResponse(status: 200, shown, isHead: isHead)
    }

    private func begin(
        _ work: Work, _ route: Route, _ input: RouteInput, _ request: APIRequest
    ) async throws(APIError) -> APIResponse {
        let key = try Self.key(of: request, input.caller)
        let begun = try await operations.begin(
            route.operationID, work, askedBy: input.caller.askingApp, key: key,
            fingerprint: Self.fingerprint(of: request))
        let wait = Duration.seconds(input.number(Parameter.waitSeconds.name) ?? 0)
        let operation = await operations.operation(begun.id, within: wait) ?? begun
        return APIResponse(
            status: operation.isOver ? 200 : 202, ["operation": operation.json(redaction)],
            headers: [.init(name: "Location", value: "\(PathTemplate.base)/operations/\(operation.id)")])
    }

    private static func key(of request: APIRequest, _ caller: Caller) throws(APIError) -> OperationStore.RequestKey? {
        guard let text = request.idempotencyKey else { return nil }
        guard let key = OperationStore.RequestKey(text, of: caller.actor) else {
            throw .invalid("the idempotency key is not 1 to 255 visible characters of ASCII")
        }
        return key
    }

    /// Tells two requests apart, for as long as this process runs. How long one waits is of no matter.
    private static func fingerprint(of request: APIRequest) -> Int {
        var hasher = Hasher()
        hasher.combine(request.method)
        hasher.combine(request.path)
        let items = (request.query ?? "").split(separator: "&").filter {
            !$0.hasPrefix(Parameter.waitSeconds.name + "=")
        }
        hasher.combine(items)
        hasher.combine(request.body)
        return hasher.finalize()
    }

    /// The path without links and without `.`; nil where there is nothing of that name.
    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
