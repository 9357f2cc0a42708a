import HostModel

/// The five archive formats that a bundle can come in. No other is ever enabled in libarchive.
package enum ArchiveFormat: String, Sendable, CaseIterable {
    case zip = ".zip"
    case tar = ".tar"
    case tarGzip = ".tar.gz"
    case tarZstd = ".tar.zst"
    case tarXz = ".tar.xz"

    /// The largest zstd window and xz dictionary that is read, in bytes; `pack` uses no larger one.
    package static let maximumWindow: UInt64 = 8 << 20

    /// The format that a file name promises, for writing.
    package init?(fileName: String) {
        guard
            let format = Self.allCases.filter({ fileName.hasSuffix($0.rawValue) }).max(by: {
                $0.rawValue.utf8.count < $1.rawValue.utf8.count
            })
        else { return nil }
        self = format
    }

    /// The format that the bytes say, for reading. The name plays no part.
    ///
    /// - Throws: ``ArchiveError/unsupportedFormat(_:)`` for anything else.
    package static func detect(_ source: some ByteSource) throws -> ArchiveFormat {
        guard let start = try source.bytes(at: 0, count: Int(min(source.size, 512))), !start.isEmpty else {
            throw ArchiveError.unsupportedFormat("the file is empty")
        }
        let isTar = TarLayout.isHeader(start)
        if let format = other(start) {
            // As the name of a tar's first entry these bytes mean nothing.
            guard !isTar else { throw ArchiveError.invalid("it begins as a tar and as a \(format.rawValue)") }
            guard try format != .zip || !isDiscImage(source) else {
                throw ArchiveError.invalid("it begins as a .zip and is the image of a disc")
            }
            return format
        }
        if start.count == 512, start[257...].starts(with: "ustar".utf8) { return .tar }
        throw ArchiveError.unsupportedFormat("the file is no .zip, .tar, .tar.gz, .tar.zst or .tar.xz")
    }

    /// Whether it has what readers know an image of ISO 9660 by. Source: ECMA-119, 8.1
    private static func isDiscImage(_ source: some ByteSource) throws -> Bool {
        try source.bytes(at: 16 * 2048 + 1, count: 5)?.elementsEqual("CD001".utf8) ?? false
    }

    /// The format that is known by its first bytes.
    private static func other(_ start: [UInt8]) -> ArchiveFormat? {
        if start.starts(with: [0x50, 0x4B, 3, 4]) || start.starts(with: [0x50, 0x4B, 5, 6]) { return .zip }
        if start.starts(with: [0x1F, 0x8B]) { return .tarGzip }
        if start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .tarZstd }
        if start.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]) { return .tarXz }
        return nil
    }
}
