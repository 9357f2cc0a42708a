import HostModel

/// The only write → sync → rename → sync of this program.
package enum DurableFile {
    /// Gives `name` a new content: after this returns, whole and for good; before, and on any error, it has the old one.
    ///
    /// - On disk: `<name>.new` is written and synced, then takes the place of `name`; `directory` is synced.
    /// - Precondition: the caller holds the lock that guards `name`.
    /// - Throws: the old content stands, except when syncing `directory` failed: then which of the two a power cut
    ///   leaves is unknown.
    package static func replace(
        _ name: DiskPath, in directory: Directory, with content: [UInt8], mode: UInt32 = 0o600
    ) throws(FileSystemError) {
        try write(content, to: successor(of: name), in: directory, mode: mode)
        try directory.replace(name, with: successor(of: name))
        try directory.sync()
    }

    /// Writes and syncs a file under a new name, which is durable only once `directory` was synced.
    package static func write(
        _ content: [UInt8], to name: DiskPath, in directory: Directory, mode: UInt32
    ) throws(FileSystemError) {
        // What an interrupted run left under that name was never anything.
        try directory.unlinkIfPresent(name)
        let file = try directory.file(name, as: .creating(mode: 0o600))
        try file.setMode(mode)
        try file.write(content)
        try file.sync()
        try file.close()
    }

    /// The name that a new content has until it takes its place.
    package static func successor(of name: DiskPath) -> DiskPath { DiskPath(name.bytes + Array(".new".utf8)) }
}
