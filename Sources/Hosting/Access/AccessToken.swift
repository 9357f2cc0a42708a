import HostModel
import Signatures

/// A secret that lets somebody in: an operator, an app while it runs, a browser. Only its digest is ever kept.
package struct AccessToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// For who is to hold it, once; for nothing that anybody else reads.
    package let text: String

    /// - Parameter text: as somebody shows it; need not be one that was ever made.
    package init(text: String) { self.text = text }

    /// A new one: 32 random bytes as hexadecimal digits.
    ///
    /// - Parameter prefix: says what it is for, to who finds it.
    package static func random(prefix: String = "") -> AccessToken {
        AccessToken(text: prefix + Hex.random(bytes: 32))
    }

    package var digest: ContentDigest { DigestStream.digest(of: Array(text.utf8)) }

    /// Whether it is the one with this digest, in a time that does not tell how much of it is right: two digests of
    /// equal length are compared.
    package func matches(_ digest: ContentDigest) -> Bool { self.digest.equalsInConstantTime(digest) }

    package var description: String { "(token)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
