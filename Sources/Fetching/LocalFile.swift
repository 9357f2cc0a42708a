import Glibc

/// A file of this host that somebody named.
struct LocalFile {
    private static let bufferSize = 256 << 10

    private let path: String
    private var location: Location { .path(path) }

    init(_ path: String) { self.path = path }

    /// All of it, in order.
    func read(limit: Int64, into sink: (UnsafeRawBufferPointer) throws -> Void) throws(FetchError) {
        try read(
            from: 0, expected: nil, limit: limit, check: {}, progress: { _ in }, restarted: {}, into: sink)
    }

    /// What lies from `offset` on.
    ///
    /// - Parameter check: asked before each part.
    func read(
        from offset: Int64, expected: Int64?, limit: Int64, check: () throws(FetchError) -> Void,
        progress: (FetchProgress) -> Void, restarted: () throws -> Void,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws(FetchError) {
        let descriptor = try opened()
        defer { close(descriptor) }
        let size = try self.size(of: descriptor)
        if let expected, size != expected {
            throw .lengthDiffers(location, expected: expected, actual: size)
        }
        if size > limit { throw .tooLong(location, limit: limit) }
        var position = offset
        if position > size {
            do { try restarted() } catch { throw FetchError.sink(error) }
            position = 0
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferSize, alignment: 16)
        defer { buffer.deallocate() }
        while position < size {
            try check()
            let room = Int(min(Int64(buffer.count), size - position))
            let count = pread(descriptor, buffer.baseAddress, room, off_t(position))
            if count < 0 {
                if errno == EINTR { continue }
                throw .io(path: path, errno: errno)
            }
            if count == 0 { throw .lengthDiffers(location, expected: size, actual: position) }
            do { try sink(UnsafeRawBufferPointer(rebasing: buffer[..<count])) } catch { throw FetchError.sink(error) }
            position += Int64(count)
            progress(FetchProgress(received: position, total: size))
        }
    }

    /// Not blocked by a FIFO.
    private func opened() throws(FetchError) -> Int32 {
        while true {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
            if descriptor >= 0 { return descriptor }
            switch errno {
            case EINTR: continue
            case ENOENT, ENOTDIR: throw .notFound(location)
            // What can only be written to, and sockets.
            case ENXIO, ENODEV: throw .notAFile(location)
            default: throw .io(path: path, errno: errno)
            }
        }
    }

    private func size(of descriptor: Int32) throws(FetchError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .io(path: path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(location) }
        return Int64(status.st_size)
    }
}
