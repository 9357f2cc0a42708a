import Fetching
import HostModel
import TestSupport
import Testing

/// Fetching from files of this host.
struct FileTests {
    private let place: TemporaryDirectory
    private let base: Location
    private let fetcher = Fetcher(quick())

    init() throws {
        place = try TemporaryDirectory()
        base = try Location(place.path)
    }

    @Test func `a file is read, by its path and by its URL`() async throws {
        try place.write("hello", to: "a b/c")
        let byPath = try await fetcher.bytes(base.appending("a b", "c"), limit: 5)
        let byURL = try await fetcher.bytes(Location("file://\(place.path)/a%20b/c"), limit: 5)
        #expect(byPath == Array("hello".utf8))
        #expect(byURL == byPath)
    }

    @Test func `an empty file is one`() async throws {
        try place.write("", to: "a")
        let bytes = try await fetcher.bytes(base.appending("a"), limit: 0)
        #expect(bytes == [])
    }

    @Test func `a link that the operator made is followed`() async throws {
        try place.write("hello", to: "a")
        try place.makeLink("b", to: "a")
        let bytes = try await fetcher.bytes(base.appending("b"), limit: 5)
        #expect(bytes == Array("hello".utf8))
    }

    @Test func `what is not there is not found`() async throws {
        try place.write("hello", to: "a")
        for names in [["b"], ["a", "b"], ["b", "c"]] {
            let error = await failure { _ = try await fetcher.bytes(base.appending(names), limit: 5) }
            guard case .notFound = error else {
                Issue.record("\(names): \(String(describing: error))")
                continue
            }
            #expect(error?.code == .sourceNotFound)
        }
    }

    @Test func `directories, FIFOs and devices are refused, and not waited for`() async throws {
        try place.makeDirectory("directory")
        try place.makeFIFO("fifo")
        for location in try [base.appending("directory"), base.appending("fifo"), Location("/dev/zero")] {
            let error = await failure { _ = try await fetcher.bytes(location, limit: 5) }
            guard case .notAFile = error else {
                Issue.record("\(location): \(String(describing: error))")
                continue
            }
        }
    }

    @Test func `a file over the limit is not read`() async throws {
        try place.write("hello", to: "a")
        let error = await failure { _ = try await fetcher.bytes(base.appending("a"), limit: 4) }
        #expect(error?.code == .sourceTooLong)
    }

    @Test func `a file of another length than was expected is refused`() async throws {
        try place.write("hello", to: "a")
        let error = await failure { _ = try await fetcher.collect(base.appending("a"), expected: 6) }
        #expect(error?.code == .sourceLengthDiffers)
    }

    @Test func `only what is missing is read`() async throws {
        try place.write("hello", to: "a")
        let collected = try await fetcher.collect(base.appending("a"), having: Array("HEL".utf8), expected: 5)
        #expect(collected.bytes == Array("HELlo".utf8))
        #expect(collected.progress == [FetchProgress(received: 5, total: 5)])
    }

    @Test func `more than there is cannot be continued`() async throws {
        try place.write("hello", to: "a")
        let collected = try await fetcher.collect(base.appending("a"), having: Array("longer".utf8))
        #expect(collected.bytes == Array("hello".utf8))
        #expect(collected.restarts == 1)
    }

    @Test func `a request to stop is heard`() async throws {
        try place.write("hello", to: "a")
        let cancellation = Cancellation()
        cancellation.cancel()
        let error = await failure { _ = try await fetcher.collect(base.appending("a"), cancellation: cancellation) }
        #expect(error?.code == .interrupted)
    }
}
