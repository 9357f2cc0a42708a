/// The entries of a bundle, one after the other, with their content in pieces. Whoever reads does not ask whether they come
/// from an archive, another process or a directory.
package protocol EntryStream: AnyObject {
    /// Leaves the present entry, read or not, and goes to the next.
    ///
    /// - Returns: nil after the last; then the whole source was sound to its last byte.
    func next() throws -> ArchiveEntry?

    /// Hands the next piece of the present entry's content to `body`; the bytes are there only during the call.
    ///
    /// - Returns: false, without calling `body`, at the end of the entry.
    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool
}

/// One entry as it stands in the source: unjudged.
package struct ArchiveEntry: Sendable, Equatable {
    /// Any bytes, as the source has them; a directory's final slash is taken off.
    package let name: [UInt8]
    package let kind: Kind
    /// The twelve permission bits.
    package let mode: UInt32

    package enum Kind: Sendable, Equatable {
        /// With its size in bytes.
        case file(size: Int64)
        case directory
        case link(target: [UInt8])
        /// What no bundle may hold, in words: `a hard link`, `a device`.
        case other(String)
    }

    package init(name: [UInt8], kind: Kind, mode: UInt32) {
        self.name = name
        self.kind = kind
        self.mode = mode
    }
}
