import Glibc

/// Sends the entries of an archive to another process, in the form that ``ConfinedEntryStream`` reads.
///
/// Memory: what is sent at once, about half a MiB, and the names of one entry.
package final class EntryWriter {
    private let write: (UnsafeRawBufferPointer) throws -> Void
    private var buffer: [UInt8] = []
    private var isInContent = false

    /// - Parameter write: sends bytes, all of them.
    package init(write: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.write = write
        buffer.reserveCapacity(Self.batch + EntryWire.pieceLimit + EntryWire.headLength)
    }

    /// Loads what the C library would load from the disk when it first needs it, so that names and times are read alike
    /// without a disk. Called before that is out of reach.
    package static func prepare() {
        LibArchive.useUTF8Names
        // A letter of two bytes makes it look for the conversions of the locale.
        _ = mblen("\u{E9}", 2)
        tzset()
    }

    /// Sends every entry with its content, and at last that this was all, or why it is not.
    ///
    /// - Parameters:
    ///   - open: makes the stream.
    ///   - sourceNumber: the kernel's number of an error that reading the archive's file met; nil for any other.
    /// - Throws: what `write` throws, when nobody reads any more; and what is none of the archive's or its file's.
    package func send(
        sourceNumber: (any Error) -> Int32?, _ open: () throws -> any EntryStream
    ) throws {
        do {
            try sendEntries(of: open())
            try append(.end, [])
            return try flush()
        } catch let error as ArchiveError {
            try fail(.archive(error))
        } catch {
            guard let number = sourceNumber(error) else { throw error }
            try fail(.source(number: number))
        }
    }

    /// Sends why there is nothing more to send.
    package func fail(_ failure: SentFailure) throws {
        try append(isInContent ? .contentFailure : .failure, failure.payload())
        try flush()
    }

    private func sendEntries(of stream: any EntryStream) throws {
        while let entry = try stream.next() {
            try append(.entry, entry.payload())
            isInContent = true
            while try stream.withNextPiece({ piece in try append(piece) }) {}
            isInContent = false
        }
    }

    private func append(_ piece: UnsafeRawBufferPointer) throws {
        var rest = piece
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(EntryWire.pieceLimit))
            appendHead(.piece, part.count)
            buffer.append(contentsOf: part)
            try flushIfFull()
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
        }
    }

    private func append(_ kind: EntryWire.Kind, _ payload: [UInt8]) throws {
        appendHead(kind, payload.count)
        buffer += payload
        try flushIfFull()
    }

    private func appendHead(_ kind: EntryWire.Kind, _ length: Int) {
        buffer.append(kind.rawValue)
        buffer.append(number: UInt32(length))
    }

    private func flushIfFull() throws {
        if buffer.count >= Self.batch { try flush() }
    }

    private func flush() throws {
        defer { buffer.removeAll(keepingCapacity: true) }
        try buffer.withUnsafeBytes { try write($0) }
    }

    private static let batch = 256 << 10
}
