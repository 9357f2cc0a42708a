import HostModel

/// A path as the kernel takes it: any bytes but NUL, relative to an open directory.
///
/// Names found on disk may be anything, so this is wider than ``RelativePath``; nothing that came from a bundle or a user
/// becomes one without having been a `RelativePath` or an `AppID` first.
package struct DiskPath: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// With the final NUL.
    let terminated: [CChar]

    /// - Precondition: no NUL in `bytes`.
    package init(_ bytes: ArraySlice<UInt8>) {
        terminated = [CChar](unsafeUninitializedCapacity: bytes.count + 1) { buffer, count in
            for (index, byte) in bytes.enumerated() { buffer[index] = CChar(bitPattern: byte) }
            buffer[bytes.count] = 0
            count = bytes.count + 1
        }
    }

    package init(_ bytes: [UInt8]) { self.init(bytes[...]) }
    package init(_ text: String) { self.init(Array(text.utf8)) }
    package init(stringLiteral text: String) { self.init(text) }
    package init(_ path: RelativePath) { self.init(path.bytes) }
    package init(_ id: AppID) { self.init(id.text) }

    package var bytes: [UInt8] { terminated.dropLast().map { UInt8(bitPattern: $0) } }

    /// For people; what is not UTF-8 is replaced, what is a control character is escaped.
    package var description: String { printable(String(decoding: bytes, as: UTF8.self)) }

    package func appending(_ name: DiskPath) -> DiskPath { DiskPath(bytes + [UInt8(ascii: "/")] + name.bytes) }
}

extension DiskPath: Comparable {
    /// Byte by byte, as unsigned numbers.
    package static func < (a: DiskPath, b: DiskPath) -> Bool {
        for index in 0..<min(a.terminated.count, b.terminated.count) where a.terminated[index] != b.terminated[index] {
            return UInt8(bitPattern: a.terminated[index]) < UInt8(bitPattern: b.terminated[index])
        }
        return false
    }
}
