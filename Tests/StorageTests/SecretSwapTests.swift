import HostModel
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// Values of secrets that come with a bundle: they are there with it, or not at all.
struct SecretSwapTests {
    /// Updates to `toy` with a value of the secret `NOTES_TOKEN`.
    private func update(_ bench: Bench, to toy: Toy, token: String) async throws {
        let value = try Samples.secret(token)
        try await bench.engine.swap(bench.candidate(toy), kind: "update", retention: nil, by: "test") { present in
            var record = present.record
            record.publisher = [toy.digest]
            let file = SecretFile.random()
            record.configuration.secrets[Samples.token] = file
            return StorageEngine.Order(
                kind: .update, replaced: .rollback, record: record, values: [file: value], detail: toy.detail)
        }
    }

    @Test func `a value comes with its bundle, and the one before goes`() async throws {
        let bench = try Bench()
        try await bench.install(.a)
        try await update(bench, to: .b, token: "first")
        #expect(try bench.shape().secret == "first")
        try await update(bench, to: .c, token: "second")
        let shape = try bench.shape()
        #expect(shape.secret == "second")
        #expect(shape.strays == 0)
        #expect(shape.slots["installed"] == "c")
        #expect(bench.place.names("root/trash").isEmpty)
        let file = try #require(bench.place.names("root/secrets/notes").first)
        #expect(bench.place.mode(of: "root/secrets/notes/\(file)") == 0o600)
    }

    /// A swap with a value, struck at one call after the other.
    @Test func `whatever fails, the value that is kept is the one of what is installed`() async throws {
        let bench = try Bench()
        try await bench.install(.a)
        try await bench.setSecret("old")
        let before = try bench.shape()
        var call = 1
        var isOver = false
        while !isOver {
            let copy = try bench.place.duplicate()
            let files = FaultyFileSystem(at: call, .once(.noSpace))
            do {
                try await update(Bench(in: copy, files: files), to: .b, token: "new")
            } catch {
                // Which of the two it is shows on disk.
                #expect(error is any Failure, "call \(call)")
            }
            isOver = !files.hasStruck
            #expect(try Bench(in: copy).engine.recover().isEmpty, "call \(call)")
            let shape = try Shape(of: copy)
            let isNew = shape.slots["installed"] == "b" && shape.secret == "new" && shape.strays == 0
            #expect(shape == before || isNew, "call \(call): \(shape)")
            #expect(copy.names("root/trash").isEmpty, "call \(call)")
            call += 1
        }
    }
}
