/// The bytes of an archive, readable at any offset and as often as needed. Its size does not change while it is read.
///
/// `Archives` opens nothing: whoever opened the file hands its bytes over through this.
package protocol ByteSource: Sendable {
    /// In bytes.
    var size: Int64 { get }

    /// Reads up to `buffer.count` bytes from `offset`.
    ///
    /// - Returns: how many were read; 0 at or behind the end.
    /// - Throws: whatever the owner of the file throws; it is passed on unchanged.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension ByteSource {
    /// Exactly `count` bytes from `offset`.
    ///
    /// - Returns: nil when the file ends before.
    func bytes(at offset: Int64, count: Int) throws -> [UInt8]? {
        guard offset >= 0, count >= 0, offset <= size, Int64(count) <= size - offset else { return nil }
        var filled = 0
        let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let read = try self.read(at: offset + Int64(filled), into: rest)
                if read == 0 { break }
                filled += read
            }
            initialized = filled
        }
        return filled == count ? bytes : nil
    }
}
