import DiskIO
import HostModel
import SystemPackage
import TestSupport
import Testing

@testable import Storage

struct HistoryTests {
    private let place: TemporaryDirectory
    private let history: History

    init() throws {
        place = try TemporaryDirectory()
        history = History(directory: try place.open())
    }

    private func line(_ sequence: Int64, source: String? = nil) -> HistoryLine {
        HistoryLine(
            operation: "op\(sequence)", sequence: sequence, at: Samples.now, kind: "update", outcome: .done,
            detail: HistoryDetail(source: source), by: "test")
    }

    private func text(_ sequence: Int64, source: String? = nil) -> String {
        line(sequence, source: source).json.text + "\n"
    }

    @Test func `lines are read in the order in which they were appended`() throws {
        #expect(try history.lines() == [])
        for sequence: Int64 in 1...3 { try history.append(line(sequence)) }
        #expect(try history.lines() == [line(1), line(2), line(3)])
        #expect(place.names() == ["history.jsonl"])
        #expect(place.mode(of: "history.jsonl") == 0o600)
        #expect(place.text("history.jsonl") == text(1) + text(2) + text(3))
    }

    @Test func `an operation is found by its name`() throws {
        try history.append(line(1))
        #expect(try history.ends(with: "op1"))
        #expect(try !history.ends(with: "op"))
        #expect(try !history.ends(with: "op2"))
    }

    /// The second is one character, however often it is repeated.
    @Test(arguments: ["\u{E9}", "\u{301}"])
    func `a sentence that is too long is shortened, so that its line can be read again`(piece: String) throws {
        let long = HistoryLine(
            operation: "op", sequence: 1, at: Samples.now, kind: "update", outcome: .refused, detail: HistoryDetail(),
            by: "test", code: "usage", message: String(repeating: piece, count: 100_000))
        try history.append(long)
        #expect(try history.lines() == [long])
        #expect((place.read("history.jsonl")?.count ?? 0) < History.lineLimit)
    }

    // MARK: Torn tails

    @Test(arguments: ["{", #"{"schema":1,"oper"#, "\u{0}\u{0}\u{0}", String(repeating: "x", count: 70_000)])
    func `a tail without line feed is no line, and the next append cuts it off`(tail: String) throws {
        try place.write(text(1) + tail, to: "history.jsonl")
        #expect(try history.lines() == [line(1)])
        #expect(try history.nextSequence(among: []) == 2)
        guard tail.utf8.count < History.lineLimit else { return }
        try history.append(line(2))
        #expect(place.text("history.jsonl") == text(1) + text(2))
    }

    @Test func `a first line that was torn is cut off`() throws {
        try place.write("{\"schema\":1", to: "history.jsonl")
        #expect(try history.lines() == [])
        #expect(try history.nextSequence(among: []) == 1)
        try history.append(line(1))
        #expect(place.text("history.jsonl") == text(1))
    }

    @Test func `a whole line that cannot be read is an error that names the file`() throws {
        try place.write(text(1) + "{}\n" + text(2), to: "history.jsonl")
        let error = #expect(throws: StorageError.self) { try history.lines() }
        #expect(error?.code == .recordUnreadable)
        #expect(error?.message.contains("history.jsonl") == true)
    }

    @Test func `a line of a newer apphost is not skipped`() throws {
        try place.write(#"{"schema":2}"# + "\n", to: "history.jsonl")
        let error = #expect(throws: StorageError.self) { try history.lines() }
        #expect(error?.code == .needsNewerApphost)
    }

    // MARK: Sequence

    @Test func `the sequence goes on from the last line and from every older slot`() throws {
        #expect(try history.nextSequence(among: []) == 1)
        #expect(try history.nextSequence(among: [.installed, .older(sequence: 7), .older(sequence: 3)]) == 8)
        try history.append(line(4))
        #expect(try history.nextSequence(among: []) == 5)
        #expect(try history.nextSequence(among: [.older(sequence: 2)]) == 5)
        #expect(try history.nextSequence(among: [.older(sequence: 9)]) == 10)
    }

    // MARK: Rotation

    @Test func `a long history is begun anew, and the one before is kept`() throws {
        let long = String(repeating: "x", count: 60_000)
        var first = ""
        for sequence: Int64 in 1...18 { first += text(sequence, source: long) }
        #expect(first.utf8.count > History.rotationSize)
        try place.write(text(0), to: "history.1.jsonl")
        try place.write(first, to: "history.jsonl")

        try history.append(line(19))
        #expect(place.names() == ["history.1.jsonl", "history.jsonl"])
        #expect(place.text("history.1.jsonl") == first)
        #expect(place.text("history.jsonl") == text(19))
        #expect(place.mode(of: "history.jsonl") == 0o600)
        #expect(try history.nextSequence(among: []) == 20)
        try history.append(line(20))
        #expect(place.text("history.jsonl") == text(19) + text(20))
    }

    @Test func `what stands in the file before is history too`() throws {
        try place.write(text(1) + text(2), to: "history.1.jsonl")
        #expect(try history.nextSequence(among: []) == 3)
        #expect(try history.ends(with: "op2"))
        try history.append(line(3))
        #expect(try history.lines().map(\.sequence) == [1, 2, 3])
    }

    // MARK: Faults

    static let effects: [FaultyFileSystem.Fault.Effect] = [
        .once(.ioError), .once(.noSpace), .fromThenOn(.noSpace), .kill,
    ]

    @Test(arguments: HistoryTests.effects, [false, true])
    func `an append that fails leaves the lines before it`(
        effect: FaultyFileSystem.Fault.Effect, isFirst: Bool
    ) throws {
        let before = isFirst ? "" : text(1)
        var call = 1
        while true {
            if isFirst, place.exists("history.jsonl") { try place.remove("history.jsonl") }
            if !isFirst { try place.write(before + "{\"torn", to: "history.jsonl") }
            let files = FaultyFileSystem(FaultyFileSystem.Fault(at: call, effect), longestWrite: 100)
            let isDone = (try? History(directory: place.open(files)).append(line(2))) != nil
            guard files.hasStruck else { break }
            #expect(!isDone, "call \(call)")
            let lines = try history.lines()
            let allowed: [[HistoryLine]] = isFirst ? [[], [line(2)]] : [[line(1)], [line(1), line(2)]]
            #expect(allowed.contains(lines), "call \(call)")
            if try !history.ends(with: "op2") { try history.append(line(2)) }
            #expect(place.text("history.jsonl") == before + text(2), "call \(call)")
            call += 1
        }
        #expect(call > 5)
        #expect(place.text("history.jsonl") == before + text(2))
    }
}
