import DiskIO
import Dispatch
import HostModel
import Signatures
import Synchronization

/// The SHA-256 of a whole file, computed on a thread of its own while the file is used for something else.
final class BackgroundDigest: Sendable {
    private let result = Mutex<Result<ContentDigest, FileSystemError>?>(nil)
    private let done = DispatchGroup()

    init(of file: File) {
        DispatchQueue(label: "apphost.digest").async(group: done) { [self] in
            let found = Result { () throws(FileSystemError) in try Self.digest(file) }
            result.withLock { $0 = found }
        }
    }

    /// - Throws: the disk error that ended the reading.
    func wait() throws -> ContentDigest {
        done.wait()
        guard let found = result.withLock({ $0 }) else { preconditionFailure("the digest ended without a result") }
        return try found.get()
    }

    private static func digest(_ file: File) throws(FileSystemError) -> ContentDigest {
        var stream = DigestStream()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            let count = try file.read(at: offset, into: buffer)
            if count == 0 { return stream.finish() }
            stream.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
    }
}
