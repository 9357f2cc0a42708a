import HostModel

/// Why a request is refused before it is known which route it means.
package enum HTTPRefusal: Error, Equatable {
    /// It is no HTTP, or says two things at once.
    case malformed
    case versionUnsupported
    case methodRefused
    case targetTooLong
    case headTooLarge
    case bodyTooLarge
    /// It did not come as a whole in the time there is.
    case tooSlow
    case expectationUnknown
    /// `Host` is missing, or there are several.
    case hostInvalid
    /// It is for another server.
    case misdirected
    /// Another page than ours makes a browser ask for a change.
    case crossOrigin
    /// A browser that is signed in asks for a change without the form password of its session.
    case formPasswordWrong

    package var status: Int {
        switch self {
        case .malformed, .hostInvalid: 400
        case .crossOrigin, .formPasswordWrong: 403
        case .methodRefused: 405
        case .tooSlow: 408
        case .bodyTooLarge: 413
        case .targetTooLong: 414
        case .expectationUnknown: 417
        case .misdirected: 421
        case .headTooLarge: 431
        case .versionUnsupported: 505
        }
    }

    package var code: String {
        switch self {
        case .malformed: "request_malformed"
        case .versionUnsupported: "http_version_unsupported"
        case .methodRefused: "method_not_allowed"
        case .targetTooLong: "request_target_too_long"
        case .headTooLarge: "request_head_too_large"
        case .bodyTooLarge: "request_too_large"
        case .tooSlow: "request_timeout"
        case .expectationUnknown: "expectation_unknown"
        case .hostInvalid: "host_invalid"
        case .misdirected: "host_not_served"
        case .crossOrigin: "origin_refused"
        case .formPasswordWrong: "form_password_wrong"
        }
    }

    package var message: String {
        switch self {
        case .malformed: "the request is not as HTTP/1.1 has it"
        case .versionUnsupported: "only HTTP/1.1 is spoken here"
        case .methodRefused: "that cannot be done with anything here"
        case .targetTooLong: "the path and the query are too long"
        case .headTooLarge: "there are too many headers, or they are too long"
        case .bodyTooLarge: "the body is too long"
        case .tooSlow: "the request did not come whole in time"
        case .expectationUnknown: "only '100-continue' may be expected"
        case .hostInvalid: "a request names one host"
        case .misdirected: "that host is not served here"
        case .crossOrigin: "another page may not change anything here"
        case .formPasswordWrong: "the form password is missing or wrong"
        }
    }

    package var help: String? {
        switch self {
        case .formPasswordWrong: "send it as the header 'X-Form-Password', or as the field 'form_password' of a form"
        case .misdirected: "use the address that the server listens at"
        default: nil
        }
    }

    /// In the envelope that every refusal has.
    var answer: HTTPAnswer {
        let error: JSONValue = [
            "code": code, "message": message, "state": DiskState.unchanged.rawValue, "help": help, "log": [String](),
        ]
        let answer = HTTPAnswer(status: status, ["error": error])
        // RFC 9110, section 15.5.6: who refuses a method says which there are.
        return self == .methodRefused ? answer.adding("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE") : answer
    }
}
