/// What is kept as a secret of an app: 1 to 65536 bytes without NUL, which nothing describes.
///
/// However it is printed, logged or looked into, it shows nothing of itself, nor how long it is.
package struct SecretValue: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// For its file, and for the environment of its app; for nothing that anybody reads.
    package let bytes: [UInt8]

    /// In bytes.
    package static let limit = 64 << 10

    package enum Problem: Error, Equatable { case empty, tooLong, holdsNUL }

    /// - Parameter bytes: as they were typed or read. One line feed at their end is cut off.
    package init(_ bytes: [UInt8]) throws(Problem) {
        let value = bytes.last == UInt8(ascii: "\n") ? Array(bytes.dropLast()) : bytes
        if value.isEmpty { throw .empty }
        if value.count > Self.limit { throw .tooLong }
        // No environment can hold it.
        if value.contains(0) { throw .holdsNUL }
        self.bytes = value
    }

    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
