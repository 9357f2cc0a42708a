import Archives

/// Entries that a test made, and what ends them.
package final class MemoryEntries: EntryStream {
    private var rest: ArraySlice<EntryTranscript.Entry>
    private var content: [UInt8] = []
    private let error: (any Error)?

    /// - Parameter error: thrown behind the last of them, where it is not the end of a sound archive.
    package init(_ entries: [EntryTranscript.Entry], error: (any Error)? = nil) {
        rest = entries[...]
        self.error = error
    }

    package func next() throws -> ArchiveEntry? {
        guard let next = rest.popFirst() else {
            if let error { throw error }
            return nil
        }
        content = next.content
        return next.entry
    }

    package func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        if content.isEmpty { return false }
        try content.withUnsafeBytes { try body($0) }
        content = []
        return true
    }
}
