import HostModel

/// One line of an inventory: a path of the bundle and what stands there.
package struct InventoryEntry: Sendable, Equatable {
    package let path: RelativePath
    package let kind: Kind

    package enum Kind: Sendable, Equatable {
        /// Size in bytes.
        case file(size: Int64, isExecutable: Bool, sha256: ContentDigest)
        case link(target: [UInt8])
        /// Only an empty one; others are implied by what is in them.
        case directory
    }

    package init(path: RelativePath, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// The line for these values, without its line feed. There is no other way to write them.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.raw(#"{"path":"#)
        writer.string(path.bytes)
        switch kind {
        case .file(let size, let isExecutable, let sha256):
            writer.raw(#","size":"#)
            writer.raw(String(size))
            writer.raw(isExecutable ? #","mode":"0755","sha256":""# : #","mode":"0644","sha256":""#)
            writer.raw(sha256.hex)
            writer.raw(#""}"#)
        case .link(let target):
            writer.raw(#","link":"#)
            writer.string(target)
            writer.raw("}")
        case .directory:
            writer.raw(#","directory":true}"#)
        }
        return writer.bytes
    }

    /// - Returns: nil when `line` is not byte for byte what ``line`` gives for some values.
    package init?(line: ArraySlice<UInt8>) {
        guard let entry = line.withUnsafeBufferPointer(Self.parse) else { return nil }
        self = entry
    }

    private static func parse(_ line: UnsafeBufferPointer<UInt8>) -> InventoryEntry? {
        var cursor = LineCursor(line)
        guard cursor.take(#"{"path":"#), let name = cursor.string(), let path = RelativePath(name) else { return nil }
        let kind: Kind
        if cursor.take(#","size":"#) {
            guard let size = cursor.number(), cursor.take(#","mode":"0"#) else { return nil }
            let isExecutable = cursor.take("755")
            guard isExecutable || cursor.take("644"), cursor.take(#"","sha256":""#),
                let sha256 = cursor.digest(), cursor.take(#""}"#)
            else { return nil }
            kind = .file(size: size, isExecutable: isExecutable, sha256: sha256)
        } else if cursor.take(#","link":"#) {
            guard let target = cursor.string(), cursor.take("}") else { return nil }
            kind = .link(target: target)
        } else {
            guard cursor.take(#","directory":true}"#) else { return nil }
            kind = .directory
        }
        return cursor.isAtEnd ? InventoryEntry(path: path, kind: kind) : nil
    }
}

/// The first line of an inventory.
package struct InventoryHeader: Sendable, Equatable {
    package let app: AppID
    package let version: BundleVersion

    package static let schema: Int64 = 1

    package init(app: AppID, version: BundleVersion) {
        self.app = app
        self.version = version
    }

    package var line: [UInt8] {
        (["schema": Self.schema, "app": app, "version": version] as JSONValue).bytes
    }

    init(line: ArraySlice<UInt8>) throws(BundleError) {
        do throws(RecordError) {
            var record = try JSONRecord(
                Array(line), file: InventoryReader.path, limit: InventoryReader.lineLimit, schema: Self.schema)
            app = try record.required("app").parsed("an app id", AppID.init)
            version = try record.required("version").parsed("a version", BundleVersion.init)
            try record.finish()
        } catch {
            if error.needsNewer { throw .manifestInvalid(error) }
            throw .inventoryInvalid(line: 1, error.problem)
        }
        guard self.line.elementsEqual(line) else {
            throw .inventoryInvalid(line: 1, "it is not as apphost writes it")
        }
    }
}

/// Takes a line apart, literally. Over bare bytes, because every reading of an inventory does it for each of its lines.
private struct LineCursor {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
        position += count
        return true
    }

    /// A string in which `"` alone is escaped: a path has no `\` and no control character.
    mutating func string() -> [UInt8]? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
        var end = position + 1
        var isEscaped = false
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
            if bytes[end] == UInt8(ascii: "\\") {
                isEscaped = true
                end += 1
                guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return nil }
            }
            if bytes[end] < 0x20 { return nil }
            end += 1
        }
        guard end < bytes.count else { return nil }
        let text = Array(bytes[(position + 1)..<end])
        position = end + 1
        return isEscaped ? text.filter { $0 != UInt8(ascii: "\\") } : text
    }

    mutating func number() -> Int64? {
        let start = position
        var value: Int64 = 0
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowedToo) = tens.addingReportingOverflow(Int64(bytes[position] - UInt8(ascii: "0")))
            guard !overflowed, !overflowedToo else { return nil }
            value = sum
            position += 1
        }
        // No digit at all, or a zero before another.
        guard position > start, bytes[start] != UInt8(ascii: "0") || position == start + 1 else { return nil }
        return value
    }

    mutating func digest() -> ContentDigest? {
        guard bytes.count - position >= 64 else { return nil }
        let digits = Array(bytes[position..<(position + 64)])
        position += 64
        return Hex.bytes(digits[...]).flatMap { ContentDigest(bytes: $0) }
    }
}
