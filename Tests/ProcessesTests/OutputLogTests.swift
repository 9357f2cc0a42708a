import DiskIO
import HostModel
import Processes
import SystemPackage
import TestSupport
import Testing

struct OutputLogTests {
    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    private func open(
        limit: Int64 = 1 << 20, secrets: [String] = [], _ files: any FileSystem = LinuxFileSystem()
    ) throws -> OutputLog {
        try OutputLog.open(in: place.open(files), limit: limit, redactor: LogSamples.redactor(secrets))
    }

    private var texts: [String] { LogSamples.texts(in: place) }

    // MARK: Lines

    @Test func `lines have their time and their stream`() throws {
        let log = try open()
        log.write("one\ntwo\n")
        log.write("oh\n", from: .err, at: Timestamp(seconds: LogSamples.now.seconds + 61))
        log.say("it ended", at: LogSamples.now)
        #expect(
            place.text("output.log") == """
                2026-05-01T10:00:00Z out one
                2026-05-01T10:00:00Z out two
                2026-05-01T10:01:01Z err oh
                2026-05-01T10:00:00Z app it ended

                """)
        #expect(place.names() == ["output.log"])
        #expect(place.mode(of: "output.log") == 0o600)
    }

    @Test func `a line is written when it ends, each stream for itself`() throws {
        let log = try open()
        log.write("one ")
        log.write("other ", from: .err)
        #expect(place.text("output.log") == "")
        log.write("line\nand")
        #expect(texts == ["one line"])
        log.write("line\n", from: .err)
        #expect(LogSamples.lines(in: place).last == "2026-05-01T10:00:00Z err other line")
        log.flush(at: LogSamples.now)
        log.flush(at: LogSamples.now)
        #expect(LogSamples.lines(in: place).count == 3)
        #expect(LogSamples.lines(in: place).last == LogSamples.head + "and")
    }

    @Test func `an empty line is a line, and any byte but the line feed is kept`() throws {
        let log = try open()
        log.write([0x0A, 0xFF, 0x00, 0x0D, 0x0A, 0x0A])
        let head = Array(LogSamples.head.utf8)
        let lines: [[UInt8]] = [[0x0A], [0xFF, 0x00, 0x0D, 0x0A], [0x0A]]
        #expect(place.read("output.log") == lines.flatMap { head + $0 })
    }

    @Test func `all lines of one write are written at once`() throws {
        let files = RecordingFileSystem()
        let log = try open(files)
        files.clear()
        log.write("one\ntwo\nthree\nand")
        #expect(files.changes == ["write output.log"])
    }

    @Test(arguments: [16_383, 16_384, 16_385, 32_768, 32_769, 50_000])
    func `a long line is cut`(length: Int) throws {
        let log = try open()
        let text = String(repeating: "x", count: length)
        log.write(text + "\nnext\n")
        var lengths = [Int](repeating: OutputLog.longestText, count: length / OutputLog.longestText)
        if !length.isMultiple(of: OutputLog.longestText) { lengths.append(length % OutputLog.longestText) }
        #expect(texts.map(\.utf8.count) == lengths + [4])
        #expect(texts.joined() == text + "next")
    }

    @Test(arguments: 0..<4)
    func `no character is cut`(shift: Int) throws {
        let log = try open()
        let text = String(repeating: "x", count: shift) + String(repeating: "\u{1F600}", count: 10_000)
        log.write(text)
        log.flush(at: LogSamples.now)
        #expect(texts.count == 3)
        #expect(texts.joined() == text)
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `what comes in pieces is what comes at once`(seed: UInt64) throws {
        var dice = SplitMix(seed: seed)
        let log = try open()
        let bytes = dice.bytes(0...4000, of: "abc \n")
        for piece in dice.pieces(of: bytes, longest: 40) { log.write(piece) }
        log.flush(at: LogSamples.now)
        var lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        if lines.last == "" { lines.removeLast() }
        #expect(texts == lines)
    }

    // MARK: Secrets

    @Test func `a secret is redacted wherever it is cut in two`() throws {
        let log = try open(secrets: ["hunter2"])
        let bytes = Array("the word is hunter2, not hunter1\n".utf8)
        for cut in 0...bytes.count {
            log.write(Array(bytes[..<cut]))
            log.write(Array(bytes[cut...]))
        }
        #expect(Set(texts) == ["the word is [redacted], not hunter1"])
        #expect(texts.count == bytes.count + 1)
    }

    @Test func `a secret in a sentence of the supervisor's is redacted as well`() throws {
        let log = try open(secrets: ["hunter2"])
        log.say("cannot start 'hunter2'", at: LogSamples.now)
        #expect(LogSamples.lines(in: place) == ["2026-05-01T10:00:00Z app cannot start '[redacted]'"])
    }

    @Test func `a secret is redacted where a long line is cut`() throws {
        let secret = "correct-horse"
        for before in (OutputLog.longestText - 2 * secret.count)...(OutputLog.longestText + 2) {
            let place = try TemporaryDirectory()
            let log = try OutputLog.open(
                in: place.open(), limit: 1 << 20, redactor: LogSamples.redactor([secret]))
            let filler = String(repeating: "x", count: before)
            log.write(filler + secret + "tail\n")
            let texts = LogSamples.texts(in: place)
            #expect(texts.joined() == filler + "[redacted]tail", "\(before)")
            #expect(texts.allSatisfy { $0.utf8.count <= OutputLog.longestText }, "\(before)")
        }
    }

    @Test(arguments: ["", "\n", " and more\n"])
    func `a secret longer than a line is redacted once`(end: String) throws {
        let secret = (0..<10_000).map { "\($0)" }.joined()
        let log = try open(secrets: [secret])
        log.write("it is " + secret + end)
        log.flush(at: LogSamples.now)
        #expect(texts.joined() == "it is [redacted]" + String(end.dropLast()))
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `random lines in random pieces hold no secret`(seed: UInt64) throws {
        var dice = SplitMix(seed: seed)
        var secrets: [[UInt8]] = []
        for _ in 0..<3 { secrets.append(dice.bytes(5...12, of: "ab")) }
        let log = try OutputLog.open(in: place.open(), limit: 1 << 20, redactor: Redactor(secrets))
        let line = dice.bytes(16_300...33_500, of: "ab")
        for piece in dice.pieces(of: line + [UInt8(ascii: "\n")], longest: 3000) { log.write(piece) }
        let expected = RedactorTests.model(secrets, line)
        #expect(texts.joined() == String(decoding: expected, as: UTF8.self))
    }

    // MARK: Room

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `both files together never have more bytes than the limit, and hold the newest lines`(seed: UInt64) throws {
        var dice = SplitMix(seed: seed)
        let limit = dice.number(0...20_000)
        let files = MeasuringDisk(place)
        let log = try open(limit: Int64(limit), secrets: ["qz"], files)
        var written: [UInt8] = []
        for _ in 0..<60 {
            let bytes = dice.bytes(0...4000, of: "abcdefghijklmnopqrstuvwxyz\n")
            log.write(bytes)
            written += bytes
        }
        #expect(files.most <= max(limit, Int(OutputLog.smallestLimit)))
        let all = String(decoding: written, as: UTF8.self).replacing("qz", with: "[redacted]")
            .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { String($0) }
        #expect(texts.count > 10)
        #expect(texts == all.suffix(texts.count))
    }

    @Test func `a full file becomes the older one, and the one before goes`() throws {
        let log = try open(limit: 4096)
        let text = String(repeating: "x", count: 1000)
        for number in 1...5 { log.write("\(number)\(text)\n") }
        // Two lines have 2054 bytes, and half of the limit is 2048.
        #expect(place.text("output.1.log") == "\(LogSamples.head)4\(text)\n")
        #expect(place.text("output.log") == "\(LogSamples.head)5\(text)\n")
        #expect(place.names() == ["output.1.log", "output.log"])
        #expect(place.mode(of: "output.1.log") == 0o600)
        #expect(place.mode(of: "output.log") == 0o600)
    }

    @Test func `more than the limit in one write leaves the newest lines`() throws {
        let log = try open(limit: 8192)
        let lines = (0..<1000).map { "line \($0)" }
        log.write(lines.joined(separator: "\n") + "\n")
        #expect(texts.count > 100)
        #expect(texts == lines.suffix(texts.count))
        #expect((place.read("output.log") ?? []).count <= 4096)
        #expect((place.read("output.1.log") ?? []).count <= 4096)
    }

    @Test func `a line of secrets that grows by redaction is cut again`() throws {
        let log = try open(limit: 4096, secrets: ["a"])
        log.write(String(repeating: "a", count: 1900) + "\n")
        #expect((place.read("output.log") ?? []).count <= 2048)
        #expect((place.read("output.1.log") ?? []).count <= 2048)
        #expect(texts.count == 2)
        #expect(String(repeating: "[redacted]", count: 1900).hasSuffix(texts.joined()))
    }

    // MARK: Opening

    @Test func `a log is gone on with`() throws {
        try open().write("one\n")
        try open().write("two\n")
        #expect(texts == ["one", "two"])
    }

    @Test func `a torn line is ended, and what follows is whole`() throws {
        try place.write("\(LogSamples.head)one\n\(LogSamples.head)tw", to: "output.log", mode: 0o644)
        let log = try open()
        log.write("three\n")
        #expect(texts == ["one", "tw", "three"])
        #expect(place.mode(of: "output.log") == 0o600)
    }

    @Test func `what a lowered limit has no room for is removed`() throws {
        try place.write(String(repeating: "x", count: 2049), to: "output.1.log")
        try place.write("\(LogSamples.head)one\n", to: "output.log")
        _ = try open(limit: 4096)
        #expect(place.names() == ["output.log"])
        try place.write(String(repeating: "x", count: 2049), to: "output.log")
        _ = try open(limit: 4096)
        #expect(place.names() == ["output.log"])
        #expect(place.text("output.log") == "")
    }

    @Test func `a link is not followed`() throws {
        try place.write("mine", to: "canary")
        try place.makeLink("output.log", to: "canary")
        #expect(throws: FileSystemError.self) { try open() }
        #expect(place.text("canary") == "mine")
    }

    // MARK: A disk that says no

    private let reason = "because the log could not be written: no space left on device"

    @Test func `lines that could not be written are counted, and the next one says so`() throws {
        let disk = FillingDisk(room: 1000)
        let log = try open(disk)
        log.write("one\n")
        disk.setRoom(10)
        log.write("two\nthree\n")
        log.write("four\n", from: .err)
        log.say("five", at: LogSamples.now)
        disk.setRoom(1000)
        log.write("six\n")
        log.write("seven\n")
        #expect(
            place.text("output.log") == """
                2026-05-01T10:00:00Z out one
                2026-05-01
                2026-05-01T10:00:00Z app 4 lines were lost, \(reason)
                2026-05-01T10:00:00Z out six
                2026-05-01T10:00:00Z out seven

                """)
    }

    @Test func `lines that were written before the disk was full are not counted`() throws {
        let disk = FillingDisk(room: LogSamples.head.utf8.count + 4)
        let log = try open(disk)
        log.write("one\ntwo\n")
        disk.setRoom(1000)
        log.flush(at: LogSamples.now)
        #expect(
            LogSamples.lines(in: place) == [
                LogSamples.head + "one", "2026-05-01T10:00:00Z app 1 line was lost, \(reason)",
            ])
    }

    @Test func `whatever fails once, each line is there or counted`() throws {
        var call = 1
        while true {
            let place = try TemporaryDirectory()
            let files = FaultyFileSystem(at: call, .once(.ioError))
            defer { call += 1 }
            let log: OutputLog
            do {
                log = try OutputLog.open(in: place.open(files), limit: 8192, redactor: Redactor([]))
            } catch {
                #expect(error is FileSystemError)
                #expect(files.hasStruck)
                continue
            }
            // More than half of the limit, and less than all of it.
            let lines = (100..<280).map { "\($0)" }
            for line in lines { log.write(line + "\n") }
            log.flush(at: LogSamples.now)
            let (kept, lost) = try keptAndLost(in: place)
            let found = Set(kept)
            #expect(lines.filter { found.contains($0) } == kept, "call \(call)")
            #expect(kept.count + lost == lines.count, "call \(call)")
            if !files.hasStruck {
                #expect(kept == lines)
                #expect(call > lines.count)
                return
            }
        }
    }

    /// The lines of the app, and how many the log itself says were lost.
    private func keptAndLost(in place: TemporaryDirectory) throws -> ([String], Int) {
        var kept: [String] = []
        var lost = 0
        for text in LogSamples.lines(in: place) {
            let line = try #require(LogLine(Array(text.utf8)[...]), "\(text)")
            if line.stream == .out {
                kept.append(line.text)
            } else {
                lost += try #require(line.text.split(separator: " ").first.flatMap { Int($0) }, "\(text)")
            }
        }
        return (kept, lost)
    }

    @Test func `a file that somebody removed is begun anew`() throws {
        let log = try open(limit: 4096)
        let text = String(repeating: "x", count: 1500)
        log.write("1\(text)\n")
        try place.remove("output.log")
        log.write("2\(text)\n")
        log.write("3\(text)\n")
        #expect(texts == ["2\(text)", "3\(text)"])
    }
}
