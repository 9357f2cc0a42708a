import Bundles
import HostModel
import Signatures

/// One thing that a bundle holds besides its sidecars.
struct Item {
    enum Kind {
        case file([UInt8], isExecutable: Bool)
        case link(to: String)
        /// An empty one.
        case directory
    }

    let path: String
    let kind: Kind

    static func file(_ path: String, _ text: String, isExecutable: Bool = false) -> Item {
        Item(path: path, kind: .file(Array(text.utf8), isExecutable: isExecutable))
    }

    static func link(_ path: String, to target: String) -> Item { Item(path: path, kind: .link(to: target)) }

    static func directory(_ path: String) -> Item { Item(path: path, kind: .directory) }

    var relativePath: RelativePath {
        guard let relative = RelativePath(path) else { preconditionFailure("\(path) is no relative path") }
        return relative
    }

    /// As a sound inventory lists it, without its line feed.
    var line: [UInt8] { InventoryEntry(path: relativePath, kind: listed).line }

    /// As a sound archive has it.
    var entry: Entry {
        switch kind {
        case .file(let content, let isExecutable): Entry(path, mode: isExecutable ? 0o755 : 0o644, content: content)
        case .link(let target): Entry(path, kind: .link, mode: 0o777, target: target)
        case .directory: Entry(path, kind: .directory, mode: 0o755)
        }
    }

    /// What it has in bytes; nil where it is no file.
    var size: Int? {
        if case .file(let content, _) = kind { content.count } else { nil }
    }

    private var listed: InventoryEntry.Kind {
        switch kind {
        case .file(let content, let isExecutable):
            .file(size: Int64(content.count), isExecutable: isExecutable, sha256: DigestStream.digest(of: content))
        case .link(let target): .link(target: Array(target.utf8))
        case .directory: .directory
        }
    }
}
