import Glibc
import HostModel

/// Why something was not fetched. Nothing was changed by it; what was handed out before stays with who took it.
package enum FetchError: Error {
    /// 404 or 410, or no such file.
    case notFound(Location)
    /// Any other 4xx.
    case refused(Location, status: Int)
    /// The server, or the way to it, does not work now.
    case unavailable(Location, Trouble)
    case timeout(Location, Wait)
    /// It has more than `limit` bytes.
    case tooLong(Location, limit: Int64)
    /// It has another length than the one that was expected.
    case lengthDiffers(Location, expected: Int64, actual: Int64)
    case redirectRefused(Location, problem: String)
    case tls(Location, TLSProblem)
    /// With what may be shown of the text.
    case locationInvalid(String, problem: String)
    /// With its scheme.
    case unsupportedSource(String)
    /// A variable or option for proxies or certificates that cannot be used. Its value is not shown.
    case settingInvalid(name: String, problem: String)
    /// A directory, FIFO or device.
    case notAFile(Location)
    case io(path: String, errno: Int32)
    /// What the receiver of the bytes threw.
    case sink(any Error)
    case interrupted

    package enum Trouble: Hashable, Sendable {
        case connectionRefused
        /// The name of its host has no address.
        case hostUnknown
        case connectionCut
        case status(Int)
        /// A sentence about the proxy.
        case proxy(String)
        /// An answer that cannot be used, with the reason.
        case answer(String)
        /// The kernel's words.
        case network(String)
    }

    package enum Wait: Hashable, Sendable {
        case connecting
        /// No byte came for so long.
        case silence(Duration)
        /// Less than so many bytes came in a second.
        case slow(Int64)
        /// It took longer than so long.
        case whole(Duration)
    }

    package enum TLSProblem: Hashable, Sendable {
        case certificateUntrusted
        /// It is for another host.
        case certificateName
        case handshake
        /// This host has no list of authorities.
        case noAuthorities
    }

    /// Whether asking again may help.
    var isTransient: Bool {
        guard case .unavailable(_, let trouble) = self else { return false }
        return switch trouble {
        case .connectionRefused, .hostUnknown, .connectionCut, .status, .network: true
        case .proxy, .answer: false
        }
    }

    var isSilence: Bool {
        if case .timeout(_, .silence) = self { return true }
        return false
    }
}

extension FetchError: Failure {
    package var code: FailureCode {
        switch self {
        case .notFound, .notAFile: .sourceNotFound
        case .refused: .sourceRefused
        case .unavailable: .sourceUnavailable
        case .timeout: .sourceTimeout
        case .tooLong: .sourceTooLong
        case .lengthDiffers: .sourceLengthDiffers
        case .redirectRefused: .sourceRedirectRefused
        case .tls: .sourceCertificateInvalid
        case .locationInvalid: .usage
        case .unsupportedSource: .unsupportedCatalogSource
        case .settingInvalid: .settingInvalid
        case .io(_, let errno): errno == EACCES || errno == EPERM ? .permissionDenied : .diskError
        case .sink(let error): (error as? any Failure)?.code ?? .internalError
        case .interrupted: .interrupted
        }
    }

    package var message: String {
        switch self {
        case .notFound(let place): "\(quoted(place.description)) is not there"
        case .refused(let place, let status): "the server refuses \(quoted(place.description)) (status \(status))"
        case .unavailable(let place, let trouble): trouble.sentence(about: quoted(place.description))
        case .timeout(let place, let wait): wait.sentence(about: quoted(place.description))
        case .tooLong(let place, let limit): "\(quoted(place.description)) is longer than \(limit) bytes"
        case .lengthDiffers(let place, let expected, let actual):
            "\(quoted(place.description)) has \(actual) bytes, and \(expected) were expected"
        case .redirectRefused(let place, let problem):
            "the redirect from \(quoted(place.description)) is not followed: \(problem)"
        case .tls(let place, let problem): problem.sentence(about: quoted(place.description))
        case .locationInvalid(let text, let problem): "\(quoted(text)) cannot be fetched from: \(problem)"
        case .unsupportedSource(let scheme): "'\(scheme):' is not in this version"
        case .settingInvalid(let name, let problem): "'\(name)' cannot be used: \(problem)"
        case .notAFile(let place): "\(quoted(place.description)) is no file"
        case .io(let path, let errno): "cannot read \(quoted(path)): \(reason(of: errno))"
        case .sink(let error): (error as? any Failure)?.message ?? "\(error)"
        case .interrupted: Interrupted().message
        }
    }

    package var state: DiskState {
        if case .sink(let error) = self, let failure = error as? any Failure { return failure.state }
        return .unchanged
    }

    package var help: String? {
        switch self {
        case .notFound, .notAFile, .lengthDiffers: "check the address; its publisher may have moved or replaced it"
        case .refused: "check the address, and whether the server wants a name and password: AppHost sends none"
        case .unavailable(_, .proxy): "see the variables 'https_proxy' and 'no_proxy'"
        case .unavailable, .timeout: "try again later; what is installed stays as it is"
        case .tooLong: "tell its publisher; it may be under attack"
        case .redirectRefused: "give the address that it leads to, if you trust it"
        case .tls(_, .certificateUntrusted):
            "where the server has a certificate of your own authority, name that with --ca-cert or SSL_CERT_FILE"
        case .tls(_, .noAuthorities):
            "install the system's 'ca-certificates', or name an authority with --ca-cert or SSL_CERT_FILE"
        case .tls: "check the address, and that the server speaks TLS 1.2 or newer"
        case .locationInvalid, .unsupportedSource:
            "give an 'https:' URL, an 'http:' URL of this host, a 'file:' URL or a directory"
        case .settingInvalid: nil
        case .io(_, let errno):
            errno == EACCES || errno == EPERM ? "run the command as a user who may read it" : nil
        case .sink(let error): (error as? any Failure)?.help
        case .interrupted: nil
        }
    }
}

extension FetchError.Trouble {
    fileprivate func sentence(about place: String) -> String {
        switch self {
        case .connectionRefused: "\(place) cannot be reached: the connection is refused"
        case .hostUnknown: "\(place) cannot be reached: its host has no address"
        case .connectionCut: "the connection to \(place) was cut"
        case .status(let status): "\(place) is not available now (status \(status))"
        case .proxy(let sentence): "\(place) cannot be reached: \(sentence)"
        case .answer(let reason): "the answer for \(place) cannot be used: \(reason)"
        case .network(let reason): "\(place) cannot be reached: \(reason)"
        }
    }
}

extension FetchError.Wait {
    fileprivate func sentence(about place: String) -> String {
        switch self {
        case .connecting: "\(place) did not take the connection in time"
        case .silence(let time): "nothing came from \(place) for \(time.inSeconds)"
        case .slow(let rate): "\(place) comes too slowly: less than \(rate) bytes in a second"
        case .whole(let time): "\(place) took longer than \(time.inSeconds)"
        }
    }
}

extension FetchError.TLSProblem {
    fileprivate func sentence(about place: String) -> String {
        switch self {
        case .certificateUntrusted:
            "the certificate of \(place) has expired, or is by an authority that this host does not trust"
        case .certificateName: "the certificate of \(place) is for another host"
        case .handshake: "\(place) speaks no TLS that AppHost takes"
        case .noAuthorities: "the certificate of \(place) cannot be checked: this host has no list of authorities"
        }
    }
}

extension Duration {
    fileprivate var inSeconds: String {
        let seconds = components.seconds
        return seconds == 1 ? "1 second" : "\(seconds) seconds"
    }
}

/// The kernel's words, in lower case at the start as all our sentences.
func reason(of errno: Int32) -> String {
    let words = String(cString: strerror(errno))
    return words.prefix(1).lowercased() + words.dropFirst()
}
