import DiskIO
import Testing

/// A directory that is lent, and gone afterwards.
struct ScratchDirectoryTests {
    private struct Stop: Error {}

    private func isGone(_ path: String) -> Bool {
        do throws(FileSystemError) {
            _ = try Directory.open(path, files: LinuxFileSystem())
            return false
        } catch {
            return error.isNotFound
        }
    }

    @Test func `what is lent is empty and private, and gone with all that is in it`() async throws {
        let path = try await ScratchDirectory.lend(files: LinuxFileSystem()) { directory -> String in
            #expect(try directory.names() == [])
            #expect(try directory.status().mode == 0o700)
            let below = try directory.openOrMake("below", mode: 0o700)
            try DurableFile.replace("file", in: below, with: [1])
            return directory.path
        }
        #expect(isGone(path))
    }

    @Test func `it is gone after an error too`() async throws {
        var path = ""
        do {
            try await ScratchDirectory.lend(files: LinuxFileSystem()) { directory -> Void in
                path = directory.path
                throw Stop()
            }
            Issue.record("nothing was thrown")
        } catch is Stop {}
        #expect(path.hasPrefix("/"))
        #expect(isGone(path))
    }
}
