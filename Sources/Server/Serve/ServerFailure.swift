import Glibc
import HostModel
import NIOCore

/// Why the server cannot listen. Nothing was changed.
package enum ServerFailure: Failure {
    case addressTaken(String)
    case cannotListen(String, reason: String)

    /// - Parameter place: as the operator knows it.
    init(_ error: any Error, place: String) {
        guard let error = error as? IOError else {
            self = .cannotListen(place, reason: "\(error)")
            return
        }
        let words = String(cString: strerror(error.errnoCode))
        self =
            error.errnoCode == EADDRINUSE
            ? .addressTaken(place) : .cannotListen(place, reason: words.prefix(1).lowercased() + words.dropFirst())
    }

    package var code: FailureCode {
        switch self {
        case .addressTaken: .busy
        case .cannotListen: .cannotCreate
        }
    }

    package var message: String {
        switch self {
        case .addressTaken(let place): "another program listens at \(quoted(place))"
        case .cannotListen(let place, let reason): "cannot listen at \(quoted(place)): \(printable(reason))"
        }
    }

    package var help: String? {
        switch self {
        case .addressTaken: "choose another port with '--listen'"
        case .cannotListen: "look at what is there, and at who may write there"
        }
    }
}
