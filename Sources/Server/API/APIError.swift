import HostModel

/// Why a request is not answered with what it asked for.
package struct APIError: Error, Sendable {
    package let status: Int
    /// Of ``FailureCode``, or one of those below that only a request can meet.
    package let code: String
    package let message: String
    package let state: DiskState
    package let help: String?
    /// The last lines that an app wrote, where they may say why.
    package let log: [String]
    /// What else may be asked of the same path; nil where that is not the matter.
    package let allowed: [String]?

    private init(
        _ status: Int, _ code: String, _ message: String, state: DiskState = .unchanged, help: String? = nil,
        log: [String] = [], allowed: [String]? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.state = state
        self.help = help
        self.log = log
        self.allowed = allowed
    }

    package init(_ failure: any Failure) {
        self.init(
            failure.code.httpStatus, failure.code.rawValue, failure.message, state: failure.state,
            help: failure.help, log: failure.log)
    }

    /// - Parameter error: one that no layer named is a defect, and what it says is for nobody to see.
    package init(_ error: any Error) {
        if let error = error as? APIError {
            self = error
        } else if let failure = error as? any Failure {
            self.init(failure)
        } else {
            self.init(
                FailureCode.internalError.httpStatus, FailureCode.internalError.rawValue,
                "something went wrong that was not foreseen", help: "please report this")
        }
    }

    init(_ reason: AccessDecision.Reason) {
        switch reason {
        case .notKnown: self = .notAuthenticated
        case .operatorOnly: self = .notAllowed("that is for the operator alone")
        case .lacks(let capabilities):
            let names = capabilities.map(\.rawValue).sorted().joined(separator: ", ")
            self = .notAllowed("the app was not granted \(names)")
        }
    }

    // MARK: What only a request can meet

    /// The request is not one that this route takes.
    package static func invalid(_ message: String) -> APIError {
        APIError(
            FailureCode.usage.httpStatus, FailureCode.usage.rawValue, message,
            help: "/api/v1/openapi.json says what each request may have")
    }

    package static let notAuthenticated = APIError(
        401, "not_authenticated", "nobody known asks", help: "use the socket, or a token: 'Authorization: Bearer …'")

    package static func notAllowed(_ message: String) -> APIError {
        APIError(403, "not_allowed", message, help: "the operator may")
    }

    package static let noSuchRoute = APIError(
        404, "route_not_found", "there is nothing of that path", help: "/api/v1/openapi.json lists every path")

    package static let noSuchOperation = APIError(
        404, "operation_not_found", "there is no such operation", help: "the oldest that are over are forgotten")

    package static func methodNotAllowed(_ allowed: [String]) -> APIError {
        APIError(405, "method_not_allowed", "that cannot be done with it", allowed: allowed)
    }

    package static let tooLarge = APIError(
        413, "request_too_large", "the body is longer than \(APIRequest.bodyLimit) bytes")

    package static let notJSON = APIError(
        415, "media_type_unsupported", "the body is not application/json")

    package static let keyReused = APIError(
        409, "idempotency_key_reused", "that idempotency key was used for another request",
        help: "use a new one for each request")

    package static let tooManyOperations = APIError(
        409, FailureCode.busy.rawValue, "too many operations are under way", help: "try again later")

    package static let stopping = APIError(
        503, "server_stopping", "the server is being stopped", help: "try again later")

    // MARK: As it is answered

    /// The members of the object, in the words of the command line.
    func members(_ redaction: PathRedaction) -> [JSONValue.Member] {
        [
            .init("code", code.json), .init("message", redaction.sentence(message).json),
            .init("state", state.rawValue.json), .init("help", help.map { redaction.sentence($0) }.json),
            .init("log", log.map { redaction.text($0) }.json),
        ]
    }

    /// The whole answer.
    func response(_ redaction: PathRedaction, isHead: Bool) -> APIResponse {
        var headers: [APIResponse.Header] = []
        if let allowed { headers.append(.init(name: "Allow", value: allowed.joined(separator: ", "))) }
        if status == 401 { headers.append(.init(name: "WWW-Authenticate", value: "Bearer")) }
        return APIResponse(
            status: status, ["error": JSONValue.object(members(redaction))], headers: headers, isHead: isHead)
    }
}
