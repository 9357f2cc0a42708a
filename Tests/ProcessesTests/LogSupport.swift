import DiskIO
import HostModel
import Processes
import Synchronization
import SystemPackage
import TestSupport

/// Values that logs are tried with.
enum LogSamples {
    /// 2026-05-01T10:00:00Z
    static let now = Timestamp(seconds: 1_777_629_600)

    /// What stands before the text of each line of an app's standard output.
    static let head = "2026-05-01T10:00:00Z out "

    static func line(_ text: String, _ stream: LogLine.Stream = .out) -> LogLine {
        LogLine(at: now, stream: stream, text: text)
    }

    static func redactor(_ secrets: [String]) -> Redactor { Redactor(secrets.map { Array($0.utf8) }) }

    /// The lines of both files, the oldest first, read without the code that is tested.
    static func lines(in place: TemporaryDirectory) -> [String] {
        let text = (place.text("output.1.log") ?? "") + (place.text("output.log") ?? "")
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { String($0) }
    }

    /// The text of each of those lines, of which every one is of the app's standard output.
    static func texts(in place: TemporaryDirectory) -> [String] {
        lines(in: place).map { $0.hasPrefix(head) ? String($0.dropFirst(head.count)) : "not of standard output: \($0)" }
    }
}

extension OutputLog {
    func write(_ bytes: [UInt8], from stream: LogLine.Stream = .out, at moment: Timestamp = LogSamples.now) {
        bytes.withUnsafeBytes { write($0, from: stream, at: moment) }
    }

    func write(_ text: String, from stream: LogLine.Stream = .out, at moment: Timestamp = LogSamples.now) {
        write(Array(text.utf8), from: stream, at: moment)
    }
}

/// What logs are tried with by chance.
extension SplitMix {
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// Bytes that are each one of `alphabet`.
    mutating func bytes(_ count: ClosedRange<Int>, of alphabet: String) -> [UInt8] {
        let letters = Array(alphabet.utf8)
        var bytes: [UInt8] = []
        for _ in 0..<number(count) { bytes.append(letters[number(0...letters.count - 1)]) }
        return bytes
    }

    /// Pieces of at most `longest` bytes that together are `bytes`.
    mutating func pieces(of bytes: [UInt8], longest: Int) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(number(1...longest))
            pieces.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}

/// The real disk, which takes only so many bytes more.
final class FillingDisk: ForwardingFileSystem {
    let base: any FileSystem = LinuxFileSystem()
    private let room: Mutex<Int>

    init(room: Int) { self.room = Mutex(room) }

    func setRoom(_ bytes: Int) { room.withLock { $0 = bytes } }

    func write(_ file: Descriptor, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        let wanted = buffer.count
        let count = room.withLock { room in
            let taken = min(room, wanted)
            room -= taken
            return taken
        }
        if count == 0 { throw .noSpace }
        return try base.write(file, from: UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
    }
}

/// The real disk, which looks after each write how long the files of a log are.
final class MeasuringDisk: ForwardingFileSystem {
    let base: any FileSystem = LinuxFileSystem()
    private let place: TemporaryDirectory
    private let longest = Mutex(0)

    init(_ place: TemporaryDirectory) { self.place = place }

    /// Most bytes that both files had together at any time.
    var most: Int { longest.withLock { $0 } }

    func write(_ file: Descriptor, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        let count = try base.write(file, from: buffer)
        let sizes = ["output.log", "output.1.log"].map { place.read($0)?.count ?? 0 }
        longest.withLock { $0 = max($0, sizes.reduce(0, +)) }
        return count
    }
}

/// A clock whose sleeper gives the others their turns, one at each sleep.
final class TurnClock: Clock {
    typealias Duration = Swift.Duration
    typealias Instant = ContinuousClock.Instant
    typealias Turn = @Sendable () -> Void

    private let turns: Mutex<[Turn]>

    init(_ turns: [Turn]) { self.turns = Mutex(turns) }

    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }

    /// Whether every turn was taken.
    var isOver: Bool { turns.withLock { $0.isEmpty } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let turn: Turn? = turns.withLock { turns in
            if turns.isEmpty { return nil }
            return turns.removeFirst()
        }
        turn?()
    }
}
