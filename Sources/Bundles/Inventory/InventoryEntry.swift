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
        var cursor = LineCursor(rest: line)
        guard cursor.take(#"{"path":"#), let name = cursor.string(), let path = RelativePath(name) else { return nil }
        if cursor.take(#","size":"#) {
            guard let size = cursor.number(), cursor.take(#","mode":"0"#) else { return nil }
            let isExecutable = cursor.take("755")
            guard isExecutable || cursor.take("644"), cursor.take(#"","sha256":""#),
                let sha256 = cursor.digest(), cursor.take(#""}"#)
            else { return nil }
            self.init(path: path, kind: .file(size: size, isExecutable: isExecutable, sha256: sha256))
        } else if cursor.take(#","link":"#) {
            guard let target = cursor.string(), cursor.take("}") else { return nil }
            self.init(path: path, kind: .link(target: target))
        } else {
            guard cursor.take(#","directory":true}"#) else { return nil }
            self.init(path: path, kind: .directory)
        }
        guard cursor.rest.isEmpty else { return nil }
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

/// Takes a line apart, literally.
private struct LineCursor {
    var rest: ArraySlice<UInt8>

    mutating func take(_ text: StaticString) -> Bool {
        let matches = text.withUTF8Buffer { rest.starts(with: $0) }
        if matches { rest = rest.dropFirst(text.utf8CodeUnitCount) }
        return matches
    }

    /// A string in which `"` alone is escaped: a path has no `\` and no control character.
    mutating func string() -> [UInt8]? {
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        rest = rest.dropFirst()
        if let end = rest.firstIndex(of: UInt8(ascii: "\"")), !rest[..<end].contains(UInt8(ascii: "\\")) {
            let text = Array(rest[..<end])
            rest = rest[(end + 1)...]
            return text
        }
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return text }
            if byte == UInt8(ascii: "\\") {
                guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
                text.append(UInt8(ascii: "\""))
            } else {
                text.append(byte)
            }
        }
        return nil
    }

    mutating func number() -> Int64? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (1...19).contains(digits.count), digits.first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
        rest = rest.dropFirst(digits.count)
        return Int64(String(decoding: digits, as: UTF8.self))
    }

    mutating func digest() -> ContentDigest? {
        let digits = rest.prefix(64)
        guard digits.count == 64, let bytes = Hex.bytes(digits) else { return nil }
        rest = rest.dropFirst(64)
        return ContentDigest(bytes: bytes)
    }
}
