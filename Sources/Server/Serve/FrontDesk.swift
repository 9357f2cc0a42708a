import HostModel
import Hosting
import Logging

/// Answers one request after the other: who asks, whether they may, what comes of it; and notes all of that.
///
/// What changes something is noted twice: that it is allowed, before any of it is done, and what was answered. A server
/// that dies between the two leaves the first.
package struct FrontDesk: Sendable {
    private let host: AppHost
    private let api: API
    private let authenticator: Authenticator
    private let sessionDesk: SessionDesk
    private let pageDesk: PageDesk
    private let audit: AuditLog
    private let requests: RequestCounter
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let executor = WorkExecutor()

    package init(
        host: AppHost, api: API, sessions: Sessions, owner: UInt32, audit: AuditLog,
        requests: RequestCounter = RequestCounter(), logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) {
        self.host = host
        self.api = api
        authenticator = Authenticator(host: host, sessions: sessions, owner: owner)
        sessionDesk = SessionDesk(host: host, sessions: sessions)
        pageDesk = PageDesk(host: host, api: api, sessions: sessions, now: now)
        self.audit = audit
        self.requests = requests
        self.logger = logger
        self.now = now
    }

    /// What became of a request.
    private struct Outcome {
        var caller = Caller.nobody
        /// The template that it matched.
        var route: String?
        var app: AppID?
        var isAllowed = false
        var answer: HTTPAnswer
    }

    func answer(_ arrival: Arrival, from peer: Peer) async -> HTTPAnswer {
        let begin = ContinuousClock.now
        let isNoted = Mark()
        let method: String
        let outcome: Outcome
        switch arrival {
        case .refused(let refusal, let sent, let isRead):
            method = sent
            outcome = Outcome(answer: isRead ? pageDesk.answer(to: refusal) : refusal.answer)
        case .request(let request):
            method = request.method
            let noting: Permit.Noting = { permit in
                if await self.note(permit, request.method) { isNoted.set() }
            }
            if Self.match(request)?.route.isShared == true {
                // Reads nothing itself, and goes to no other thread for that.
                outcome = await self.outcome(of: request, from: peer, noting: noting)
            } else {
                // On threads that may wait for the disk.
                outcome = await withTaskExecutorPreference(executor) {
                    await self.outcome(of: request, from: peer, noting: noting)
                }
            }
        }
        requests.count(route: outcome.route, status: outcome.answer.status)
        await note(outcome, method, isNoted: isNoted.isSet)
        log(outcome, method, took: ContinuousClock.now - begin)
        return outcome.answer
    }

    private func outcome(
        of request: ReceivedRequest, from peer: Peer, noting: @escaping Permit.Noting
    ) async -> Outcome {
        if request.target.path == SessionDesk.path {
            let (answer, caller) = sessionDesk.answer(request)
            return outcome(of: answer, SessionDesk.path, caller: caller)
        }
        if let answer = await pageDesk.answer(to: request, noting: noting) {
            return Outcome(
                caller: answer.caller, route: answer.route, app: answer.app, isAllowed: answer.isAllowed,
                answer: answer.http)
        }
        let caller: Caller
        do {
            caller = try await authenticator.caller(of: request, from: peer)
        } catch let refusal as HTTPRefusal {
            return Outcome(route: Self.match(request)?.route.template.description, answer: refusal.answer)
        } catch {
            return Outcome(answer: unforeseen(error))
        }
        if request.target.path == MetricsPage.path { return metrics(request, caller) }
        let match = Self.match(request)
        let decision = match.map { AccessPolicy.decision(for: $0.route.requirement, caller: caller) }
        let permit = Permit(caller: caller, route: match?.route.template.description, app: match?.app)
        let response = await api.respond(to: request.apiRequest, caller: caller) { await noting(permit) }
        return Outcome(
            caller: caller, route: permit.route, app: permit.app,
            // A route may refuse a caller some of its fields.
            isAllowed: decision == .allowed && response.status != 403,
            answer: HTTPAnswer(response))
    }

    private static func match(_ request: ReceivedRequest) -> Router.Match? {
        do throws(APIError) { return try API.match(request.method, request.target.path) } catch { return nil }
    }

    private func metrics(_ request: ReceivedRequest, _ caller: Caller) -> Outcome {
        var outcome = Outcome(caller: caller, route: MetricsPage.path, answer: HTTPRefusal.methodRefused.answer)
        switch AccessPolicy.decision(for: MetricsPage.requirement, caller: caller) {
        case .refused(let reason): outcome.answer = Self.answer(APIError(reason))
        case .allowed:
            outcome.isAllowed = true
            if request.isChange {
                outcome.answer = Self.answer(.methodNotAllowed(["GET", "HEAD"]))
            } else {
                outcome.answer = metricsText()
            }
        }
        if request.method == "HEAD" { outcome.answer = outcome.answer.withoutBody }
        return outcome
    }

    private func metricsText() -> HTTPAnswer {
        do {
            let text = MetricsPage.text(try host.metricsReading(), requests: requests)
            return HTTPAnswer(status: 200, mediaType: PrometheusText.mediaType, body: Array(text.utf8))
        } catch {
            return unforeseen(error)
        }
    }

    private func outcome(of answer: HTTPAnswer, _ route: String, caller: Caller) -> Outcome {
        Outcome(caller: caller, route: route, isAllowed: answer.status < 400, answer: answer)
    }

    /// - Returns: nothing of the failure but its code: its sentences may name paths.
    private func unforeseen(_ error: any Error) -> HTTPAnswer {
        let code = Self.code(of: error)
        logger.error("a request failed", metadata: ["code": "\(code.rawValue)"])
        let envelope: JSONValue = [
            "code": code.rawValue, "message": "the root cannot be read", "state": DiskState.unchanged.rawValue,
            "help": "'apphost doctor' looks for what is wrong", "log": [String](),
        ]
        return HTTPAnswer(status: code.httpStatus, ["error": envelope])
    }

    private static func code(of error: any Error) -> FailureCode { (error as? any Failure)?.code ?? .internalError }

    private static func answer(_ error: APIError) -> HTTPAnswer {
        HTTPAnswer(error.response(PathRedaction(roots: []), isHead: false))
    }

    // MARK: Notes

    /// In the audit log, durably: what is allowed, and not done yet.
    ///
    /// - Returns: whether it stands there.
    private func note(_ permit: Permit, _ method: String) async -> Bool {
        await append(
            AuditEntry(
                at: now(), caller: permit.caller.auditName, method: Self.known(method), route: permit.route,
                app: permit.app, decision: .allowed, status: nil),
            flushes: true)
    }

    /// In the audit log: what was answered. Durably, where the decision about a change is not there yet.
    private func note(_ outcome: Outcome, _ method: String, isNoted: Bool) async {
        let isChange = method != "GET" && method != "HEAD"
        let isAllowed = isNoted || outcome.isAllowed
        _ = await append(
            AuditEntry(
                at: now(), caller: outcome.caller.auditName, method: Self.known(method), route: outcome.route,
                app: outcome.app, decision: isAllowed ? .allowed : .refused, status: outcome.answer.status),
            flushes: isChange && !isNoted)
    }

    /// - Returns: whether it stands there.
    private func append(_ entry: AuditEntry, flushes: Bool) async -> Bool {
        do {
            try await audit.append(entry, flushes: flushes)
            return true
        } catch {
            logger.error("the audit log cannot be written", metadata: ["code": "\(Self.code(of: error).rawValue)"])
            return false
        }
    }

    /// No query, no path, nothing that was sent but a method that there is.
    private func log(_ outcome: Outcome, _ method: String, took duration: Duration) {
        let (seconds, rest) = duration.components
        logger.info(
            "request",
            metadata: [
                "method": "\(Self.known(method))", "route": "\(outcome.route ?? "none")",
                "status": "\(outcome.answer.status)",
                "milliseconds": "\(seconds * 1000 + rest / 1_000_000_000_000_000)",
                "caller": "\(outcome.caller.kind)",
            ])
    }

    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ]

    private static func known(_ method: String) -> String { methods.contains(method) ? method : "other" }
}
