import Glibc
import HostModel

/// A directory outside every root, for what is tried and not kept.
package enum ScratchDirectory {
    /// Lends an empty directory, and deletes it with all that is in it.
    ///
    /// - On disk: `apphost-<number>/` below `TMPDIR`, else `/tmp`. A process that is killed leaves it.
    package static func lend<Value>(
        files: any FileSystem, _ body: (Directory) async throws -> Value
    ) async throws -> Value {
        let place = try Directory.open(parent, files: files)
        let name = DiskPath("apphost-\(UInt64.random(in: 0...UInt64.max))")
        let directory = try place.makeAndOpen(name, mode: 0o700)
        defer {
            // What cannot be deleted is left to whoever cleans that place.
            try? TreeRemoval.empty(directory)
            try? place.removeDirectory(name)
        }
        return try await body(directory)
    }

    private static var parent: String {
        guard let said = getenv("TMPDIR"), said.pointee != 0 else { return "/tmp" }
        return String(cString: said)
    }
}
