import Archives

/// An archive that is nothing but bytes.
package struct MemorySource: ByteSource {
    private let content: [UInt8]

    package init(_ content: [UInt8]) { self.content = content }

    package var size: Int64 { Int64(content.count) }

    package func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard offset >= 0, offset < size else { return 0 }
        let part = content[Int(offset)...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}
