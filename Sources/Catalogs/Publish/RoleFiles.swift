import DiskIO
import HostModel

/// The files of a catalog's `metadata/`, as its publisher writes them.
struct RoleFiles {
    let directory: Directory

    /// Writes a role under its version, in the place of what an interrupted run left there.
    ///
    /// - On disk: the file is whole, and there for good after ``flush()``. Nothing leads to it before that.
    func write(_ bytes: [UInt8], of role: RoleName, version: Int64) throws(PublishError) {
        let name = role.sourceName(version: version)
        guard !name.utf8.contains(UInt8(ascii: "/")) else { throw .nameInvalid(name) }
        try whilePublishing { () throws(FileSystemError) in
            try directory.unlinkIfPresent(DiskPath(name))
            let file = try directory.file(DiskPath(name), as: .creating(mode: 0o600))
            try file.setMode(0o644)
            try file.write(bytes)
            try file.close()
        }
    }

    /// Makes everything that was written durable: one flush, because a catalog may have thousands of roles.
    func flush() throws(PublishError) {
        try whilePublishing { () throws(FileSystemError) in try directory.syncFileSystem() }
    }

    /// Gives a file that clients ask for by this very name a new content.
    ///
    /// - Throws: ``PublishError/unsettled(_:)`` once it may have it.
    func replace(_ name: DiskPath, with bytes: [UInt8]) throws(PublishError) {
        let successor = DurableFile.successor(of: name)
        try whilePublishing { () throws(FileSystemError) in
            try DurableFile.write(bytes, to: successor, in: directory, mode: 0o644)
        }
        do throws(FileSystemError) {
            try directory.replace(name, with: successor)
            try directory.sync()
        } catch {
            throw .unsettled(error)
        }
    }

    /// Deletes the versions of roles that no client needs any more: all but the present one and the one before, which
    /// a client in the middle of a refresh may still ask for.
    ///
    /// - Parameter present: the version of each role that has numbered files; others' files stay.
    func prune(_ present: [[UInt8]: Int64]) throws(PublishError) {
        try whilePublishing { () throws(FileSystemError) in
            for name in try directory.names() {
                guard let (version, role) = Self.parts(of: name.bytes), let newest = present[role] else { continue }
                if version != newest, version != newest - 1 { try directory.unlinkIfPresent(name) }
            }
        }
    }

    /// `42` and `snapshot` of `42.snapshot.json`.
    private static func parts(of name: [UInt8]) -> (version: Int64, role: [UInt8])? {
        let ending = Array(".json".utf8)
        guard let dot = name.firstIndex(of: UInt8(ascii: ".")), name.count > dot + ending.count,
            name.suffix(ending.count).elementsEqual(ending),
            let version = Int64(String(decoding: name[..<dot], as: UTF8.self))
        else { return nil }
        return (version, Array(name[(dot + 1)..<(name.count - ending.count)]))
    }
}
