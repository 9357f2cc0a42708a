import DiskIO
import HostModel

/// What an app wrote and what its supervisor did, in two files that together never take more than a given room.
///
/// On disk: `output.log`, and `output.1.log` with the lines before, in `logs/<id>/`. Nothing is flushed to the disk
/// itself. For one thread.
package final class OutputLog {
    private let logs: Directory
    private let redactor: Redactor
    /// Most bytes of each of the two files.
    private let half: Int64
    /// Longer texts are cut. In bytes.
    private let lineLimit: Int
    private var assemblies: [LogLine.Stream: LineAssembly] = [:]
    /// Whole lines that are not written yet.
    private var gathered: [UInt8] = []
    /// `output.log`; nil after it failed, until it can be opened again.
    private var file: File?
    /// Of `file`, in bytes.
    private var size: Int64 = 0
    private var lost: Loss?

    /// Lines that could not be written.
    private struct Loss {
        let lines: Int
        let reason: String

        func line(at moment: Timestamp) -> [UInt8] {
            let what = lines == 1 ? "1 line was" : "\(lines) lines were"
            let sentence = "\(what) lost, because the log could not be written: \(reason)\n"
            return LogLine.head(at: moment, from: .app) + Array(sentence.utf8)
        }
    }

    package static let current: DiskPath = "output.log"
    package static let older: DiskPath = "output.1.log"

    /// In bytes. A smaller limit counts as this one.
    package static let smallestLimit: Int64 = 4096
    /// In bytes, unless the limit of the whole log asks for less.
    package static let longestText = 16 << 10

    /// Opens the log to go on with it.
    ///
    /// - Parameters:
    ///   - limit: of both files together, in bytes.
    ///   - redactor: of everything that is written.
    ///
    /// On disk: `output.log` is made where there is none, with the mode 0600. A file that takes more than half of a
    /// limit that was lowered is removed.
    package static func open(
        in logs: Directory, limit: Int64, redactor: Redactor
    ) throws(FileSystemError) -> OutputLog {
        let log = OutputLog(logs, half: max(limit, smallestLimit) / 2, redactor)
        for name in [older, current] {
            if let status = try logs.status(of: name), status.size > log.half { try logs.unlinkIfPresent(name) }
        }
        _ = try log.opened()
        return log
    }

    private init(_ logs: Directory, half: Int64, _ redactor: Redactor) {
        self.logs = logs
        self.half = half
        self.redactor = redactor
        // The rest is for the head and the line feed, and for one that ends a torn line.
        lineLimit = min(OutputLog.longestText, Int(half) - 64)
    }

    /// Writes the lines that are whole now, and keeps the beginning of the next for later.
    ///
    /// Where the disk refuses them they are dropped and counted; once it takes some again, a line says how many were
    /// lost.
    ///
    /// - Parameter moment: when the lines ended, for all of them.
    package func write(_ bytes: UnsafeRawBufferPointer, from stream: LogLine.Stream, at moment: Timestamp) {
        let head = LogLine.head(at: moment, from: stream)
        assemblies[stream, default: LineAssembly(redactor, limit: lineLimit)].take(bytes) { text in
            gather(text, behind: head)
        }
        commit(at: moment)
    }

    /// Writes a sentence of the supervisor's.
    package func say(_ sentence: String, at moment: Timestamp) {
        Array("\(sentence)\n".utf8).withUnsafeBytes { write($0, from: .app, at: moment) }
    }

    /// Writes what is there of lines that have not ended. To be called when nothing follows: a secret that has come in
    /// part is not known for one.
    package func flush(at moment: Timestamp) {
        for stream in LogLine.Stream.allCases {
            let head = LogLine.head(at: moment, from: stream)
            assemblies[stream]?.flush { text in gather(text, behind: head) }
        }
        commit(at: moment)
    }

    // MARK: Gathering

    private func gather(_ text: [UInt8], behind head: [UInt8]) {
        // Redaction may have made it longer.
        var rest = text[...]
        repeat {
            let part = rest.prefix(lineLimit)
            gathered += head
            gathered += part
            gathered.append(lineFeed)
            rest = rest.dropFirst(part.count)
        } while !rest.isEmpty
    }

    // MARK: Writing

    private func commit(at moment: Timestamp) {
        var rest = gathered[...]
        gathered = []
        do throws(FileSystemError) {
            if let lost {
                var notice = lost.line(at: moment)[...]
                while !notice.isEmpty { try writeSome(of: &notice) }
                self.lost = nil
            }
            while !rest.isEmpty { try writeSome(of: &rest) }
        } catch {
            let lines = rest.count(where: { $0 == lineFeed })
            lost = Loss(lines: (lost?.lines ?? 0) + lines, reason: error.reason)
        }
    }

    /// Writes as many lines as there is room for, and takes from `lines` what was written; makes room where there is
    /// none.
    private func writeSome(of lines: inout ArraySlice<UInt8>) throws(FileSystemError) {
        let file = try opened()
        let fitting = lines.prefix(Int(max(0, half - size)))
        guard let end = fitting.lastIndex(of: lineFeed) else { return try rotate() }
        let part = fitting[...end]
        do throws(FileSystemError) { try file.write(Array(part)) } catch {
            // The disk may have taken some of it.
            let written = wholeLines(of: part, in: file)
            lines = lines.dropFirst(written)
            self.file = nil
            throw error
        }
        size += Int64(part.count)
        lines = lines.dropFirst(part.count)
    }

    /// After a write that failed: how many bytes of `part` stand in the file as whole lines.
    private func wholeLines(of part: ArraySlice<UInt8>, in file: File) -> Int {
        guard let status = try? file.status(), status.size > size else { return 0 }
        let written = part.prefix(Int(status.size - size))
        guard let end = written.lastIndex(of: lineFeed) else { return 0 }
        return end + 1 - part.startIndex
    }

    /// The file that is written to, opened again where it failed.
    private func opened() throws(FileSystemError) -> File {
        if let file { return file }
        let opened = try logs.file(Self.current, as: .appending(mode: 0o600))
        try opened.setMode(0o600)
        size = try opened.status().size
        if size < half, try isTorn(opened) {
            try opened.write([lineFeed])
            size += 1
        }
        file = opened
        return opened
    }

    /// Whether the last line was not written to its end, by a process that was killed or on a disk that was full.
    private func isTorn(_ file: File) throws(FileSystemError) -> Bool {
        guard size > 0 else { return false }
        let last = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { last.deallocate() }
        let count = try file.read(at: size - 1, into: last)
        return count == 1 && last[0] != lineFeed
    }

    /// On disk: `output.log` becomes `output.1.log`, and what that held is gone.
    private func rotate() throws(FileSystemError) {
        file = nil
        do throws(FileSystemError) { try logs.replace(Self.older, with: Self.current) } catch {
            // Somebody removed it: a new one is begun all the same.
            guard error.isNotFound else { throw error }
        }
    }
}

/// Makes lines of the pieces that a stream comes in, and redacts them. Pure.
private struct LineAssembly {
    private let redactor: Redactor
    /// Longer lines are cut. In bytes, before they are redacted.
    private let limit: Int
    /// The beginning of a line that has not ended.
    private var held: [UInt8] = []
    /// How many bytes of `held` belong to a secret that was replaced at the end of the piece before.
    private var hidden = 0

    init(_ redactor: Redactor, limit: Int) {
        self.redactor = redactor
        self.limit = limit
    }

    /// - Parameter emit: is given each line that has ended, or grew too long, without its line feed.
    mutating func take(_ bytes: UnsafeRawBufferPointer, _ emit: ([UInt8]) -> Void) {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: lineFeed) {
            hold(rest[..<end], emit)
            finish(emit)
            rest = rest[(end + 1)...]
        }
        hold(rest, emit)
    }

    /// Ends the line that has begun, if one has.
    mutating func flush(_ emit: ([UInt8]) -> Void) {
        if !held.isEmpty { finish(emit) }
    }

    private mutating func hold(_ bytes: Slice<UnsafeRawBufferPointer>, _ emit: ([UInt8]) -> Void) {
        // A secret that begins before a cut has ended by then, so that it is seen whole.
        let most = limit + max(1, redactor.longest)
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(most - held.count)
            held.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            if held.count == most { cut(emit) }
        }
    }

    private mutating func finish(_ emit: ([UInt8]) -> Void) {
        while held.count > limit { cut(emit) }
        pass(upTo: held.count, emit)
    }

    private mutating func cut(_ emit: ([UInt8]) -> Void) {
        var end = limit
        // Not within a character of UTF-8, which has at most three bytes behind its first.
        while end > limit - 3 && held[end] & 0xC0 == 0x80 { end -= 1 }
        pass(upTo: end, emit)
    }

    private mutating func pass(upTo end: Int, _ emit: ([UInt8]) -> Void) {
        var text: [UInt8] = []
        let redactor = redactor
        let before = hidden
        let behind = held.withUnsafeBytes { redactor.append($0, upTo: end, hidden: before, to: &text) }
        held.removeFirst(end)
        hidden = behind
        // What was hidden to the last byte was told by the piece before.
        if !text.isEmpty || before == 0 { emit(text) }
    }
}

private let lineFeed = UInt8(ascii: "\n")
