import DiskIO
import HostModel

/// `history.jsonl` of one app: a line for each operation, appended in one write and flushed.
struct History {
    let directory: Directory

    /// Bytes after which a new file is begun; the one before is kept.
    static let rotationSize: Int64 = 1 << 20
    static let lineLimit = 64 << 10

    /// Every line, oldest first. A tail without line feed was never written whole, and is not one.
    func lines() throws(StorageError) -> [HistoryLine] {
        var lines: [HistoryLine] = []
        for name in [AppFile.olderHistory, AppFile.history] {
            for bytes in try rawLines(of: name) { lines.append(try parse(bytes, file: name)) }
        }
        return lines
    }

    /// One more than the sequence of the last line, and of every `older-<sequence>/`.
    func nextSequence(among slots: [Slot]) throws(StorageError) -> Int64 {
        var last: Int64 = slots.reduce(into: 0) { highest, slot in
            if case .older(let sequence) = slot { highest = max(highest, sequence) }
        }
        for name in [AppFile.olderHistory, AppFile.history] {
            if let line = try lastLine(of: name) { last = max(last, line.sequence) }
        }
        return last + 1
    }

    /// Whether the last line is of this operation. No other can follow it before it is settled.
    func ends(with operation: String) throws(StorageError) -> Bool {
        for name in [AppFile.history, AppFile.olderHistory] {
            if let line = try lastLine(of: name) { return line.operation == operation }
        }
        return false
    }

    /// Appends one line and flushes it.
    ///
    /// - Precondition: the app's lock is held.
    /// - Throws: the line may stand there in part; the next append cuts it off.
    func append(_ line: HistoryLine) throws(StorageError) {
        try rotateIfLong()
        try onDisk { () throws(FileSystemError) in
            let isNew = try directory.status(of: AppFile.history) == nil
            let file = try directory.file(AppFile.history, as: .appending(mode: 0o600))
            if isNew { try file.setMode(0o600) }
            try cutTornTail(of: file)
            try file.write(line.json.line)
            try file.sync()
            try file.close()
            if isNew { try directory.sync() }
        }
    }

    private func rotateIfLong() throws(StorageError) {
        try onDisk { () throws(FileSystemError) in
            guard let status = try directory.status(of: AppFile.history), status.size >= Self.rotationSize else {
                return
            }
            // The line that follows is the first of a new file, and makes both names durable.
            try directory.replace(AppFile.olderHistory, with: AppFile.history)
        }
    }

    private func cutTornTail(of file: File) throws(FileSystemError) {
        let size = try file.status().size
        guard size > 0 else { return }
        // A line is written at once, so a torn one is at most one line long.
        let start = max(0, size - Int64(Self.lineLimit))
        let tail = try bytes(of: file, from: start)
        guard tail.last != lineFeed else { return }
        let keep = tail.lastIndex(of: lineFeed).map { start + Int64($0) + 1 } ?? start
        try file.truncate(to: keep)
    }

    /// Cost: the end of the file is read, whatever its length.
    private func lastLine(of name: DiskPath) throws(StorageError) -> HistoryLine? {
        let tail = try onDisk { () throws(FileSystemError) in
            guard let file = try directory.fileIfPresent(name) else { return [UInt8]() }
            // The last line, and what may stand behind it of one that was torn.
            return try bytes(of: file, from: max(0, file.status().size - 2 * Int64(Self.lineLimit)))
        }
        guard let end = tail.lastIndex(of: lineFeed) else { return nil }
        return try parse(
            Array(tail[..<end].split(separator: lineFeed, omittingEmptySubsequences: false).last ?? []), file: name)
    }

    private func rawLines(of name: DiskPath) throws(StorageError) -> [[UInt8]] {
        let content = try onDisk { () throws(FileSystemError) in
            guard let file = try directory.fileIfPresent(name) else { return [UInt8]() }
            return try bytes(of: file, from: 0)
        }
        guard let end = content.lastIndex(of: lineFeed) else { return [] }
        return content[..<end].split(separator: lineFeed, omittingEmptySubsequences: false).map(Array.init)
    }

    private func bytes(of file: File, from start: Int64) throws(FileSystemError) -> [UInt8] {
        let size = Int(try file.status().size - start)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        while filled < size {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<size])
            let count = try file.read(at: start + Int64(filled), into: rest)
            if count == 0 { break }
            filled += count
        }
        return Array(buffer[..<filled])
    }

    private func parse(_ bytes: [UInt8], file: DiskPath) throws(StorageError) -> HistoryLine {
        do throws(RecordError) { return try HistoryLine.read(bytes, file: directory.full(file)) } catch {
            throw .record(error)
        }
    }

    private var lineFeed: UInt8 { UInt8(ascii: "\n") }
}
