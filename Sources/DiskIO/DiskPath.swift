import HostModel

/// A path as the kernel takes it: any bytes but NUL, relative to an open directory.
///
/// Names found on disk may be anything, so this is wider than ``RelativePath``; nothing that came from a bundle or a user
/// becomes one without having been a `RelativePath` or an `AppID` first.
package struct DiskPath: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// With the final NUL.
    let terminated: [CChar]

    /// - Precondition: no NUL in `bytes`.
    package init(_ bytes: some Sequence<UInt8>) {
        terminated = bytes.map { CChar(bitPattern: $0) } + [0]
    }

    package init(_ text: String) { self.init(text.utf8) }
    package init(stringLiteral text: String) { self.init(text.utf8) }
    package init(_ path: RelativePath) { self.init(path.bytes) }
    package init(_ id: AppID) { self.init(id.text.utf8) }

    package var bytes: [UInt8] { terminated.dropLast().map { UInt8(bitPattern: $0) } }

    /// For people; what is not UTF-8 is replaced, what is a control character is escaped.
    package var description: String { printable(String(decoding: bytes, as: UTF8.self)) }

    package func appending(_ name: DiskPath) -> DiskPath { DiskPath(bytes + [UInt8(ascii: "/")] + name.bytes) }
}

extension DiskPath: Comparable {
    package static func < (a: DiskPath, b: DiskPath) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
