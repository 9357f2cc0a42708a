import DiskIO
import HostModel

/// Reads what an ``OutputLog`` wrote, also while it goes on writing. Lines that are none of ours are passed over.
package struct LogReader: Sendable {
    private let logs: Directory

    /// - Parameter logs: `logs/<id>/`
    package init(logs: Directory) { self.logs = logs }

    /// The last lines, the newest last. Cost: no more is read than they need.
    ///
    /// - Parameter since: leaves out what is older.
    package func tail(lines: Int, since: Timestamp? = nil) throws(FileSystemError) -> [LogLine] {
        let files = try LogFiles.open(logs)
        return try files.tail(lines: lines, since: since, before: files.end())
    }

    /// The last lines, and then each new one as it comes. Ends when the task is cancelled, or when everything was read
    /// and nothing can follow.
    ///
    /// - Parameters:
    ///   - since: leaves out of the last lines what is older.
    ///   - clock: measures the pauses between two looks.
    ///   - isOver: whether nobody will write any more. Asked now and then while nothing new comes.
    /// - Throws: what `isOver` throws, or a disk error.
    package func follow(
        lines: Int, since: Timestamp? = nil, clock: any Clock<Duration> = ContinuousClock(),
        until isOver: @Sendable () throws -> Bool, _ body: (LogLine) -> Void
    ) async throws {
        let files = try LogFiles.open(logs)
        let end = try files.end()
        for line in try files.tail(lines: lines, since: since, before: end) { body(line) }
        var follower = Follower(logs: logs, behind: end, of: files)
        var idleLooks = 0
        var isLast = false
        while !Task.isCancelled {
            let hasNew = try follower.readOn(body)
            if isLast { return }
            if hasNew {
                idleLooks = 0
            } else if try idleLooks.isMultiple(of: Self.looksBetweenQuestions) && isOver() {
                // It may have written between the look and the answer.
                isLast = true
                continue
            } else {
                idleLooks += 1
            }
            do { try await clock.sleep(for: Self.pause) } catch is CancellationError { return }
        }
    }

    private static let pause = Duration.milliseconds(200)
    /// To know whether an app lives is dear beside a look at its log.
    private static let looksBetweenQuestions = 5
}

/// Where a reader that follows a log has got to.
private struct Follower {
    let logs: Directory
    /// The file that is read; it may have been renamed or removed since.
    private var file: File?
    private var position: Int64
    /// The file before. Open, so that no other can have its number.
    private var before: File?

    init(logs: Directory, behind end: Int64, of files: LogFiles) {
        self.logs = logs
        file = files.current
        position = end
        before = files.older
    }

    /// Reads to the end of what is there now, over any rotation.
    ///
    /// - Returns: whether there was anything.
    mutating func readOn(_ body: (LogLine) -> Void) throws(FileSystemError) -> Bool {
        var hasNew = false
        while true {
            // Looked for first: nobody writes to a file once it has given up its name.
            let next = try successor()
            if let file, try file.readLines(from: &position, body) { hasNew = true }
            guard let next else { return hasNew }
            (before, file, position) = (file, next, 0)
        }
    }

    /// The file whose lines follow those of `file`; nil while there is none.
    private func successor() throws(FileSystemError) -> File? {
        let files = try LogFiles.open(logs)
        // It is nil between the two steps of a rotation.
        guard let current = files.current, try !current.isSame(as: file) else { return nil }
        guard let older = files.older, try !older.isSame(as: file), try !older.isSame(as: before) else {
            return current
        }
        // Rotated more than once: those lines come first.
        return older
    }
}

/// Both files of a log as they stood at one moment, held open whatever their names are now.
private struct LogFiles {
    let older: File?
    let current: File?

    static func open(_ logs: Directory) throws(FileSystemError) -> LogFiles {
        while true {
            let current = try logs.fileIfPresent(OutputLog.current)
            let older = try logs.fileIfPresent(OutputLog.older)
            let now = try logs.status(of: OutputLog.current)
            // Rotated in between, one file would be there twice, or not at all.
            guard try isSame(current, now) else { continue }
            return LogFiles(older: older, current: current)
        }
    }

    private static func isSame(_ file: File?, _ status: FileStatus?) throws(FileSystemError) -> Bool {
        guard let file, let status else { return file == nil && status == nil }
        return try file.status().isSameFile(as: status)
    }

    /// Where the last line of `current` ends.
    func end() throws(FileSystemError) -> Int64 { try current?.endOfLines() ?? 0 }

    /// - Parameter end: of what is looked at of `current`.
    func tail(lines count: Int, since: Timestamp?, before end: Int64) throws(FileSystemError) -> [LogLine] {
        var newest: [LogLine] = []
        let isWanted = { (line: LogLine) -> Bool in
            guard let since else { return true }
            return line.at >= since
        }
        if let current, count > 0 {
            try current.readLines(backFrom: end) { line in
                if isWanted(line) { newest.append(line) }
                return newest.count < count
            }
        }
        if let older, newest.count < count {
            try older.readLines(backFrom: older.endOfLines()) { line in
                if isWanted(line) { newest.append(line) }
                return newest.count < count
            }
        }
        return newest.reversed()
    }
}

/// Much longer than any line of ours: what fills a block without a line feed is none.
private let blockSize: Int64 = 64 << 10

private let lineFeed = UInt8(ascii: "\n")

extension File {
    fileprivate func isSame(as other: File?) throws(FileSystemError) -> Bool {
        guard let other else { return false }
        return try status().isSameFile(as: other.status())
    }

    /// Behind the last line feed: what follows it is being written, or was torn.
    fileprivate func endOfLines() throws(FileSystemError) -> Int64 {
        var end = try status().size
        while end > 0 {
            let start = max(0, end - blockSize)
            let block = try bytes(start..<end)
            if let last = block.lastIndex(of: lineFeed) { return start + Int64(last) + 1 }
            end = start
        }
        return 0
    }

    /// Reads the lines behind `position`, and moves that behind the last of them.
    ///
    /// - Returns: whether there was anything.
    fileprivate func readLines(
        from position: inout Int64, _ body: (LogLine) -> Void
    ) throws(FileSystemError) -> Bool {
        let before = position
        while true {
            let block = try bytes(position..<(position + blockSize))
            if let last = block.lastIndex(of: lineFeed) {
                for piece in block[..<last].split(separator: lineFeed) {
                    if let line = LogLine(piece) { body(line) }
                }
                position += Int64(last) + 1
            } else if block.count == Int(blockSize) {
                position += blockSize
            } else {
                return position > before
            }
        }
    }

    /// Reads the lines before `end`, the newest first.
    ///
    /// - Parameters:
    ///   - end: behind a line feed.
    ///   - body: says whether to go on.
    fileprivate func readLines(backFrom end: Int64, _ body: (LogLine) -> Bool) throws(FileSystemError) {
        var end = end
        while end > 0 {
            let start = max(0, end - blockSize)
            let pieces = try bytes(start..<end).split(separator: lineFeed, omittingEmptySubsequences: false)
            // The first may have begun in the block before; behind the last line feed is no line.
            let whole = pieces.dropFirst(start > 0 ? 1 : 0).dropLast()
            for piece in whole.reversed() {
                if let line = LogLine(piece), !body(line) { return }
            }
            if start > 0, !whole.isEmpty, let first = pieces.first {
                end = start + Int64(first.count) + 1
            } else {
                end = start
            }
        }
    }

    /// - Returns: less where the file ends before.
    private func bytes(_ range: Range<Int64>) throws(FileSystemError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try read(at: range.lowerBound + Int64(filled), into: rest)
            if count == 0 { break }
            filled += count
        }
        return Array(buffer[..<filled])
    }
}
