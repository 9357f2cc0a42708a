import CZlib
import HostModel

/// The content of a file that is exactly one gzip member (RFC 1952), whose checksum and length are those at its end.
///
/// libarchive would go on with a second member, and compares neither. So where a member ends is asked of zlib itself.
final class GzipMember: Feed {
    var error: (any Error)?
    private let source: any ByteSource
    private var position: Int64 = 0
    private var isAtEnd = false
    /// zlib remembers where it stands.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)

    /// - Throws: ``ArchiveError/invalid(_:)`` for a header that not all read alike, and whatever `source` throws.
    init(_ source: any ByteSource) throws {
        try GzipLayout.check(source)
        self.source = source
        stream.initialize(to: z_stream())
        // zlib.h: "Add 16 for gzip", to the largest window.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw Self.noMemory }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
        output.deallocate()
    }

    func next(_ buffer: UnsafeMutablePointer<UnsafeRawPointer?>) throws -> Int {
        buffer.pointee = nil
        while !isAtEnd {
            if stream.pointee.avail_in == 0 { try fill() }
            stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(output.count)
            switch inflate(stream, Z_NO_FLUSH) {
            case Z_OK: break
            case Z_STREAM_END: try end()
            case Z_MEM_ERROR: throw Self.noMemory
            default: throw ArchiveError.invalid("the gzip member is damaged")
            }
            let count = output.count - Int(stream.pointee.avail_out)
            // To libarchive a piece without bytes would be the end.
            if count > 0 {
                buffer.pointee = UnsafeRawPointer(output.baseAddress)
                return count
            }
        }
        return 0
    }

    private func fill() throws {
        let count = try source.read(at: position, into: input)
        guard count > 0 else { throw ArchiveError.invalid("the gzip member ends early") }
        position += Int64(count)
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
    }

    private func end() throws {
        isAtEnd = true
        guard position - Int64(stream.pointee.avail_in) == source.size else {
            throw ArchiveError.invalid("bytes follow the gzip member")
        }
    }

    private static let noMemory = ArchiveError.readerFailed("ran out of memory")
}
