import TestSupport
import Testing

@testable import Storage

/// What a swap has the history tell, beyond its kind.
struct SwapMessageTests {
    private func repair(_ bench: Bench, saying message: String) async throws {
        try await bench.engine.swap(bench.candidate(.b), kind: "repair", retention: nil, by: "test") { _ in
            StorageEngine.Order(
                kind: .repair, replaced: .trash, record: nil, detail: Toy.b.detail, message: message)
        }
    }

    @Test func `it is told once it is so, whoever settles it, and never of what was undone`() async throws {
        let template = try TemporaryDirectory()
        try await Bench(in: template).install(.a)
        var told = 0
        var undone = 0
        var call = Scene.stagingCalls
        while true {
            let place = try template.duplicate()
            let files = FaultyFileSystem(at: call, .kill)
            do { try await repair(Bench(in: place, files: files), saying: "without 'x'") } catch {
                // Killed: what is left of it is looked at below.
            }
            let bench = try Bench(in: place)
            _ = bench.engine.recover()
            let lines = try bench.app()?.history().filter { $0.kind == "repair" } ?? []
            for line in lines {
                #expect(line.message == (line.outcome == .done ? "without 'x'" : nil), "call \(call)")
                if line.outcome == .done { told += 1 } else { undone += 1 }
            }
            guard files.hasStruck else { break }
            call += 1
        }
        #expect(told > 1)
        #expect(undone > 1)
    }

    @Test func `it is shortened where it names too much`() async throws {
        let bench = try Bench()
        try await bench.install(.a)
        try await repair(bench, saying: String(repeating: "x", count: 100_000))
        let message = try bench.app()?.history().last?.message
        #expect(message?.count == 501)
    }
}
