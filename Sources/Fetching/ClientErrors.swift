import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What the HTTP client and what it stands on say, in our words.
enum ClientErrors {
    static func translate(_ error: any Error, at location: Location) -> FetchError {
        switch error {
        case let error as FetchError: error
        case let error as HTTPClientError: translate(client: error, at: location)
        case let error as NIOConnectionError: translate(connection: error, at: location)
        case let error as ChannelError: translate(channel: error, at: location)
        case let error as IOError: translate(kernel: error.errnoCode, at: location)
        case let error as HTTPParserError: translate(parser: error, at: location)
        case let error as NIOSSLError: translate(tls: error, at: location)
        case let error as NIOSSLExtraError:
            FetchError.tls(location, error == .failedToValidateHostname ? .certificateName : .handshake)
        case BoringSSLError.unknownError: FetchError.tls(location, .noAuthorities)
        case is BoringSSLError: FetchError.tls(location, .handshake)
        // The client's own, for what ended while it was being set up.
        default: FetchError.unavailable(location, .connectionCut)
        }
    }

    private static func translate(client error: HTTPClientError, at location: Location) -> FetchError {
        let slow: [HTTPClientError] = [
            .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout, .getConnectionFromPoolTimeout,
            .deadlineExceeded, .readTimeout, .writeTimeout,
        ]
        if slow.contains(error) { return .timeout(location, .connecting) }
        if error == .proxyAuthenticationRequired {
            return .unavailable(location, .proxy("the proxy asks for a name and password, or for others"))
        }
        if error == .invalidProxyResponse {
            return .unavailable(location, .proxy("the proxy does not let us through"))
        }
        if error == .invalidURL || error == .emptyHost {
            return .locationInvalid(location.description, problem: "the HTTP client cannot read it")
        }
        return .unavailable(location, .connectionCut)
    }

    private static func translate(connection error: NIOConnectionError, at location: Location) -> FetchError {
        guard let first = error.connectionErrors.first else { return .unavailable(location, .hostUnknown) }
        return translate(first.error, at: location)
    }

    private static func translate(channel error: ChannelError, at location: Location) -> FetchError {
        if case .connectTimeout = error { return .timeout(location, .connecting) }
        return .unavailable(location, .connectionCut)
    }

    private static func translate(kernel errno: Int32, at location: Location) -> FetchError {
        switch errno {
        case ECONNREFUSED: .unavailable(location, .connectionRefused)
        case ECONNRESET, EPIPE, ENOTCONN: .unavailable(location, .connectionCut)
        case ETIMEDOUT: .timeout(location, .connecting)
        default: .unavailable(location, .network(reason(of: errno)))
        }
    }

    private static func translate(parser error: HTTPParserError, at location: Location) -> FetchError {
        switch error {
        case .invalidEOFState, .closedConnection: .unavailable(location, .connectionCut)
        case .headerOverflow: .unavailable(location, .answer("its headers are too long"))
        default: .unavailable(location, .answer("it is not HTTP"))
        }
    }

    private static func translate(tls error: NIOSSLError, at location: Location) -> FetchError {
        switch error {
        case .handshakeFailed(let failure): translate(handshake: "\(failure)", at: location)
        case .uncleanShutdown: .unavailable(location, .connectionCut)
        case .unableToValidateCertificate, .noCertificateToValidate: .tls(location, .certificateName)
        default: .tls(location, .handshake)
        }
    }

    /// - Parameter words: BoringSSL's, which has no other names for them.
    private static func translate(handshake words: String, at location: Location) -> FetchError {
        if words.contains("CERTIFICATE_VERIFY_FAILED") { return .tls(location, .certificateUntrusted) }
        if words.contains("EOF during handshake") { return .unavailable(location, .connectionCut) }
        return .tls(location, .handshake)
    }
}
