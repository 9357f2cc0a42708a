/// Writes a tar header by header. No library writes what the cases need.
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format"
enum Tar {
    static let endMarker = [UInt8](repeating: 0, count: 1024)

    static func bytes(of entries: [Entry]) -> [UInt8] { body(of: entries) + endMarker }

    /// The entries without the end marker.
    static func body(of entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += header(of: entry)
            bytes += entry.content
            bytes += [UInt8](repeating: 0, count: padding(entry.content.count))
        }
        return bytes
    }

    /// Bytes from the end of a content of `count` bytes to the end of its block.
    static func padding(_ count: Int) -> Int { (512 - count % 512) % 512 }

    private static func header(of entry: Entry) -> [UInt8] {
        precondition(entry.name.count <= 100 && entry.target.count <= 100, "the name is too long for this writer")
        var header = [UInt8](repeating: 0, count: 512)
        header.put(entry.name, at: 0)
        header.put(octal(Int(entry.mode), digits: 7), at: 100)
        header.put(octal(0, digits: 7), at: 108)
        header.put(octal(0, digits: 7), at: 116)
        header.put(octal(entry.content.count, digits: 11), at: 124)
        // 1980-01-01, as `apphost pack` writes it.
        header.put(octal(315_532_800, digits: 11), at: 136)
        header[156] = typeFlag(of: entry.kind)
        header.put(entry.target, at: 157)
        header.put(Array("ustar\u{0}00".utf8), at: 257)
        header.put(octal(0, digits: 7), at: 329)
        header.put(octal(0, digits: 7), at: 337)
        entry.headerLie?(&header)
        header.put([UInt8](repeating: 0x20, count: 8), at: 148)
        let sum = header.reduce(0) { $0 + Int($1) }
        header.put(octal(sum, digits: 6), at: 148)
        entry.finishedLie?(&header)
        return header
    }

    /// The digits and a NUL.
    static func octal(_ number: Int, digits: Int) -> [UInt8] {
        let text = String(number, radix: 8)
        return Array((String(repeating: "0", count: digits - text.utf8.count) + text).utf8) + [0]
    }

    private static func typeFlag(of kind: Entry.Kind) -> UInt8 {
        switch kind {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .link: UInt8(ascii: "2")
        case .characterDevice: UInt8(ascii: "3")
        case .blockDevice: UInt8(ascii: "4")
        case .directory: UInt8(ascii: "5")
        case .fifo: UInt8(ascii: "6")
        }
    }
}
