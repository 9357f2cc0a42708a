import Archives
import HostModel

/// Whether an entry may stand where the inventory lists something. Pure.
package enum EntryPolicy {
    /// What keeps `entry` from being what the inventory lists; nil when nothing does.
    package static func problem(of entry: ArchiveEntry, listedAs listed: InventoryEntry.Kind) -> String? {
        switch (listed, entry.kind) {
        case (_, .other(let what)):
            return "it is \(what)"
        case (.file(let size, let isExecutable, _), .file(let found)):
            if size != found { return "it has \(found) bytes, listed are \(size)" }
            return problem(ofMode: entry.mode, isExecutable: isExecutable)
        case (.link(let target), .link(let found)):
            return target == found ? nil : "it leads to \(quoted(String(decoding: found, as: UTF8.self)))"
        case (.directory, .directory):
            return entry.mode & specialBits == 0 ? nil : "it carries setuid, setgid or sticky"
        case (.file, _): return "it is no file"
        case (.link, _): return "it is no link"
        case (.directory, _): return "it is no directory"
        }
    }

    /// What is wrong with a file's mode: only the owner's execute bit counts, and it must be as listed.
    package static func problem(ofMode mode: UInt32, isExecutable: Bool) -> String? {
        if mode & specialBits != 0 { return "it carries setuid, setgid or sticky" }
        if (mode & 0o100 != 0) != isExecutable {
            return isExecutable ? "it may not be executed" : "it may be executed"
        }
        return nil
    }

    private static let specialBits: UInt32 = 0o7000
}
