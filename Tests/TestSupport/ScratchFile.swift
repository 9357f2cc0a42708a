import Glibc

/// A file without a name, closed in children but where it is handed to them: for what a process reads or writes.
package final class ScratchFile: Sendable {
    package let descriptor: Int32

    /// - Parameters:
    ///   - content: what it holds; it is read from its beginning.
    ///   - directory: on the disk that it takes room on.
    package init(_ content: String = "", in directory: String) throws {
        let path = "\(directory)/scratch-\(UInt64.random(in: 0...UInt64.max))"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, unlink(path) == 0,
            write(descriptor, content, content.utf8.count) == content.utf8.count, lseek(descriptor, 0, SEEK_SET) == 0
        else { throw TestDiskError(call: "a scratch file", path: path, errno: errno) }
    }

    deinit { close(descriptor) }

    /// All that was written to it.
    package func content() throws -> String {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(content.count))
            if count < 0 { throw TestDiskError(call: "pread", path: "what a process wrote", errno: errno) }
            if count == 0 { return String(decoding: content, as: UTF8.self) }
            content += buffer.prefix(count)
        }
    }
}
