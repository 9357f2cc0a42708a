/// An error that says what went wrong, what the disk looks like now, and what to do next.
///
/// Layers throw closed types of their own; above them everything is `any Failure`.
package protocol Failure: Error, Sendable, CustomStringConvertible {
    /// Stable, for programs.
    var code: FailureCode { get }

    /// One sentence in lower case without a final stop, values in single quotes.
    var message: String { get }

    /// What the failure left on disk.
    var state: DiskState { get }

    /// The next thing to do; nil where the message says it all.
    var help: String? { get }

    /// The last lines that an app wrote, where they may say why.
    var log: [String] { get }
}

/// What a failed operation left on disk.
package enum DiskState: String, Sendable {
    /// Everything is as it was before.
    case unchanged
    /// The operation took effect; what follows it did not.
    case changed
    /// The next command finishes or undoes it.
    case uncertain
}

extension Failure {
    package var state: DiskState { .unchanged }
    package var log: [String] { [] }
    package var description: String { "\(code.rawValue): \(message)" }
}

/// An error that no layer named. That is a defect of this program.
package struct UnexpectedFailure: Failure {
    private let error: any Error

    package init(_ error: any Error) { self.error = error }

    package var code: FailureCode { .internalError }
    package var message: String { "unexpected: \(error)" }
    package var help: String? { "please report this" }
}

/// Text from a bundle, a file name or a user, made harmless for a terminal and put in single quotes. Of what is longer
/// than a path the rest is left out: an archive has names of a MiB.
package func quoted(_ text: some StringProtocol) -> String {
    "'" + printable(shortened(text, over: longestQuote, to: longestQuote)) + "'"
}

/// In bytes. Source: PATH_MAX of Linux
private let longestQuote = 4096

/// `text`, or its start and an ellipsis, where it is longer than `limit`; both in bytes. Cuts between scalars: one
/// character may be as long as the text.
package func shortened(_ text: some StringProtocol, over limit: Int, to length: Int) -> String {
    guard text.utf8.count > limit else { return String(text) }
    var start = String.UnicodeScalarView()
    var taken = 0
    for scalar in text.unicodeScalars {
        taken += UTF8.width(scalar)
        if taken > length { break }
        start.append(scalar)
    }
    return String(start) + "…"
}

/// `text` with every control and bidirectional character written as an escape, so that it cannot imitate our output.
package func printable(_ text: some StringProtocol) -> String {
    guard text.unicodeScalars.contains(where: \.isControl) else { return String(text) }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
        if scalar.isControl {
            result += "\\u{" + String(scalar.value, radix: 16) + "}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
}
