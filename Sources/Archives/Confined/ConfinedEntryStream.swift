/// What a confined process sends, byte after byte.
package protocol FrameSource: AnyObject {
    /// - Returns: how many bytes were read; 0 when nothing more comes.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int

    /// How the process ended, which completes "the process that reads the archive …". Asked once nothing more comes.
    func ending() -> String
}

/// The entries that another process found in an archive.
///
/// That process has read what a stranger made, and may be the stranger's by now. It can say which entries there are, as
/// an archive can; whoever takes them compares them with the inventory. It cannot make this process hold more than one
/// entry's names, nor break the order of things: that is ``ArchiveError/readerFailed(_:)``.
package final class ConfinedEntryStream: EntryStream {
    private let source: any FrameSource
    private let sourceError: (Int32) -> any Error
    private var window: FrameWindow
    /// Of the frame that comes next, once it was looked at.
    private var head: (kind: EntryWire.Kind, length: Int)?
    private var isInEntry = false
    private var isOver = false
    /// Of the piece that is being handed over.
    private var pieceRest = 0
    /// What the present entry may still have.
    private var contentRest: Int64 = 0

    /// - Parameters:
    ///   - readAhead: most bytes that are asked for at once, where no frame is longer; at least one.
    ///   - sourceError: what the owner of the archive's file throws for a number of the kernel's.
    package init(
        _ source: any FrameSource, readAhead: Int = 512 << 10, sourceError: @escaping (Int32) -> any Error
    ) {
        self.source = source
        self.sourceError = sourceError
        window = FrameWindow(source, capacity: readAhead)
    }

    package func next() throws -> ArchiveEntry? {
        if isOver { return nil }
        while try withNextPiece({ _ in }) {}
        let frame = try nextHead()
        switch frame.kind {
        case .piece: throw Self.broken
        case .failure, .contentFailure: throw try failure(frame.length)
        case .end:
            guard try window.isAtEnd() else { throw Self.broken }
            (isInEntry, isOver) = (false, true)
            return nil
        case .entry:
            guard let entry = ArchiveEntry(payload: try window.take(frame.length)) else { throw Self.broken }
            head = nil
            isInEntry = true
            contentRest = if case .file(let size) = entry.kind { max(0, size) } else { 0 }
            return entry
        }
    }

    package func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard isInEntry else { return false }
        if pieceRest == 0 {
            let frame = try nextHead()
            switch frame.kind {
            case .entry, .end, .failure: return false
            case .contentFailure: throw try failure(frame.length)
            case .piece: try begin(piece: frame.length)
            }
        }
        let part = try window.takePart(of: pieceRest)
        pieceRest -= part.count
        try body(part)
        return true
    }

    /// The piece that goes beyond the entry's size is still handed over, as a reader in this process does: whoever
    /// compares sizes refuses it. Nothing comes behind it.
    private func begin(piece length: Int) throws {
        guard length > 0 else { throw Self.broken }
        guard contentRest >= 0 else { throw ArchiveError.invalid("an entry has more content than its size") }
        head = nil
        pieceRest = length
        contentRest -= Int64(length)
    }

    private func failure(_ length: Int) throws -> any Error {
        guard let failure = SentFailure(payload: try window.take(length)) else { throw Self.broken }
        head = nil
        return switch failure {
        case .archive(let error): error
        case .source(let number): sourceError(number)
        }
    }

    private func nextHead() throws -> (kind: EntryWire.Kind, length: Int) {
        if let head { return head }
        let bytes = try window.take(EntryWire.headLength)
        let length = Int(bytes.number(at: 1, as: UInt32.self))
        guard let kind = EntryWire.Kind(rawValue: bytes[0]), length <= kind.limit else { throw Self.broken }
        head = (kind, length)
        return (kind, length)
    }

    private static let broken = ArchiveError.readerFailed("sent something that is no entry of an archive")
}

/// The bytes of a ``FrameSource``, some read ahead. What it hands out stays until the next call.
private struct FrameWindow: ~Copyable {
    private let source: any FrameSource
    private var storage: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0

    init(_ source: any FrameSource, capacity: Int) {
        self.source = source
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { storage.deallocate() }

    /// Exactly `count` bytes.
    ///
    /// - Throws: ``ArchiveError/readerFailed(_:)`` where no more come.
    mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        if end - start < count {
            makeRoom(for: count)
            while end - start < count { try fill() }
        }
        return pass(count)
    }

    /// From one byte to `count` of them, as they are there.
    mutating func takePart(of count: Int) throws -> UnsafeRawBufferPointer {
        if start == end {
            (start, end) = (0, 0)
            try fill()
        }
        return pass(min(count, end - start))
    }

    /// Waits for the end, or for one byte more.
    mutating func isAtEnd() throws -> Bool {
        guard start == end else { return false }
        return try source.read(into: storage) == 0
    }

    private mutating func pass(_ count: Int) -> UnsafeRawBufferPointer {
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[start..<(start + count)])
        start += count
        return bytes
    }

    private mutating func fill() throws {
        let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: storage[end...]))
        guard count > 0 else { throw ArchiveError.readerFailed(source.ending()) }
        end += count
    }

    /// Moves what is left to the front, in larger storage where that is needed.
    private mutating func makeRoom(for count: Int) {
        let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[start..<end])
        if count <= storage.count {
            storage.copyMemory(from: rest)
        } else {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
            larger.copyMemory(from: rest)
            storage.deallocate()
            storage = larger
        }
        (start, end) = (0, rest.count)
    }
}
