import DiskIO
import HostModel
import Processes
import TestSupport
import Testing

struct LogReaderTests {
    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    private func reader() throws -> LogReader { LogReader(logs: try place.open()) }

    private func write(_ lines: [String], to name: String) throws {
        try place.write(lines.map { LogSamples.head + $0 + "\n" }.joined(), to: name)
    }

    private func tail(_ count: Int, since: Timestamp? = nil) throws -> [String] {
        try reader().tail(lines: count, since: since).map(\.text)
    }

    // MARK: The last lines

    @Test func `nothing was logged yet`() throws {
        #expect(try tail(10) == [])
        try place.write("", to: "output.log")
        #expect(try tail(10) == [])
    }

    @Test(arguments: [-1, 0, 1, 2, 3, 4, 5, 6, Int.max])
    func `the last lines are those of both files`(count: Int) throws {
        try write(["1", "2", "3"], to: "output.1.log")
        try write(["4", "5"], to: "output.log")
        #expect(try tail(count) == Array(["1", "2", "3", "4", "5"].suffix(max(0, count))))
    }

    @Test func `either file may be missing`() throws {
        try write(["1", "2"], to: "output.1.log")
        #expect(try tail(10) == ["1", "2"])
        try place.remove("output.1.log")
        try write(["3"], to: "output.log")
        #expect(try tail(10) == ["3"])
    }

    @Test(arguments: [1, 2, 1500, 3000, 3001, 6000])
    func `a log of many blocks is read from its end`(count: Int) throws {
        var dice = SplitMix(seed: 1)
        var lines: [String] = []
        for number in 0..<6000 {
            // Some are as long as lines get.
            let length = number.isMultiple(of: 500) ? OutputLog.longestText : dice.number(0...120)
            lines.append("\(number) " + String(repeating: "x", count: max(0, length - 6)))
        }
        try write(Array(lines[..<3000]), to: "output.1.log")
        try write(Array(lines[3000...]), to: "output.log")
        #expect(try tail(count) == Array(lines.suffix(count)))
    }

    @Test func `what is no line of ours is passed over`() throws {
        let head = LogSamples.head
        let long = String(repeating: "x", count: 200_000)
        try place.write("garbage\n\(head)1\n\n\(long)\n\(head)2\nmore\n\(head)torn", to: "output.1.log")
        try place.write("\n\(head)3\n\(long)", to: "output.log")
        #expect(try tail(10) == ["1", "2", "3"])
        #expect(try tail(2) == ["2", "3"])
    }

    @Test func `what is older is left out, also where the clock was set back`() throws {
        let later = Timestamp(seconds: LogSamples.now.seconds + 10)
        try place.write("\(later) out 1\n\(LogSamples.head)2\n", to: "output.1.log")
        try place.write("\(LogSamples.head)3\n\(later) err 4\n", to: "output.log")
        #expect(try tail(10, since: later) == ["1", "4"])
        #expect(try tail(1, since: later) == ["4"])
        #expect(try tail(10, since: LogSamples.now) == ["1", "2", "3", "4"])
        #expect(try tail(10, since: Timestamp(seconds: later.seconds + 1)) == [])
    }

    // MARK: Following

    /// Writes numbered lines.
    ///
    /// Safe to share: it writes before the reader begins, and then only from within the reader's sleep.
    private final class Writer: @unchecked Sendable {
        private let place: TemporaryDirectory
        /// Made with the first line.
        private var log: OutputLog?
        private(set) var written: [String] = []

        init(in place: TemporaryDirectory) { self.place = place }

        func write(_ count: Int) {
            if log == nil {
                log = try? OutputLog.open(
                    in: place.open(), limit: OutputLog.smallestLimit, redactor: Redactor([]))
            }
            for _ in 0..<count {
                let text = "line \(written.count)"
                written.append(text)
                log?.write(text + "\n")
            }
        }
    }

    private func follow(_ lines: Int, _ clock: TurnClock) async throws -> [String] {
        var texts: [String] = []
        try await reader().follow(lines: lines, clock: clock, until: { clock.isOver }) { texts.append($0.text) }
        return texts
    }

    // About 60 lines fill a file. No turn is so long that lines are gone before anybody can have read them.
    @Test(arguments: [[], [0], [1], [1, 0, 1], [60, 60], [40, 0, 70, 100, 3, 100, 0, 0, 0, 0, 0, 0, 0, 1]])
    func `no line is lost or repeated over rotations`(turns: [Int]) async throws {
        let writer = Writer(in: place)
        writer.write(5)
        let clock = TurnClock(turns.map { count -> TurnClock.Turn in { writer.write(count) } })
        let texts = try await follow(Int.max, clock)
        #expect(texts == writer.written)
        #expect(texts.count == 5 + turns.reduce(0, +))
    }

    @Test func `it begins with so many of the last lines`() async throws {
        let writer = Writer(in: place)
        writer.write(200)
        let texts = try await follow(3, TurnClock([{ writer.write(2) }]))
        #expect(texts == Array(writer.written.suffix(5)))
        let more = try await follow(0, TurnClock([{ writer.write(70) }]))
        #expect(more == Array(writer.written.suffix(70)))
    }

    @Test func `it waits for the first line of all`() async throws {
        let writer = Writer(in: place)
        let texts = try await follow(10, TurnClock([{}, { writer.write(100) }]))
        #expect(texts == writer.written)
        #expect(texts.count == 100)
    }

    @Test func `what was written before the end is read to the end`() async throws {
        let writer = Writer(in: place)
        writer.write(1)
        var texts: [String] = []
        // It writes once more while it is asked whether it lives.
        try await reader().follow(
            lines: 10, clock: TurnClock([]),
            until: {
                writer.write(100)
                return true
            }
        ) { texts.append($0.text) }
        #expect(texts == writer.written)
    }

    @Test func `a line that is being written is waited for`() async throws {
        let file = try place.open().file("output.log", as: .appending(mode: 0o600))
        try file.write(Array("\(LogSamples.head)o".utf8))
        let rest = Array("ne\n\(LogSamples.head)two\n".utf8)
        let texts = try await follow(10, TurnClock([{ try? file.write(rest) }]))
        #expect(texts == ["one", "two"])
    }

    @Test func `a log that the operator removed is followed when it is there again`() async throws {
        let place = place
        let writer = Writer(in: place)
        writer.write(70)
        let clock = TurnClock([
            { try? place.remove("output.log") }, {}, { writer.write(60) }, { writer.write(5) },
        ])
        let texts = try await follow(1, clock)
        // Whoever had it open reads also what went to the file without a name.
        #expect(texts == Array(writer.written.suffix(66)))
    }

    @Test func `it ends when it is cancelled`() async throws {
        try write(["one"], to: "output.log")
        let reader = try reader()
        let clock = TurnClock([{ withUnsafeCurrentTask { (task) -> Void in task?.cancel() } }])
        let task = Task {
            try await reader.follow(lines: 10, clock: clock, until: { false }) { _ in }
        }
        try await task.value
        #expect(clock.isOver)
    }

    @Test func `what the question fails with is thrown`() async throws {
        struct Broken: Error {}
        let reader = try reader()
        await #expect(throws: Broken.self) {
            try await reader.follow(lines: 1, clock: TurnClock([]), until: { throw Broken() }) { _ in }
        }
    }
}
