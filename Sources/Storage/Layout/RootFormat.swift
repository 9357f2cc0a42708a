import DiskIO
import HostModel

/// `format.json`: what makes a directory a root of AppHost, and says which layout it has.
enum RootFormat {
    private static let name: DiskPath = "format.json"

    static func isPresent(in root: Directory) throws(StorageError) -> Bool {
        try onDisk { () throws(FileSystemError) in try root.status(of: name) } != nil
    }

    /// - Throws: where the layout is a newer one, or the file cannot be read.
    static func check(_ root: Directory) throws(StorageError) {
        let file = try onDisk { () throws(FileSystemError) in try root.file(name) }
        let content = try onDisk { () throws(FileSystemError) in try file.content(limit: 4096) } ?? []
        do throws(RecordError) {
            let record = try JSONRecord(content, file: "format.json", limit: 4096, schema: ManagedRoot.schema)
            try record.finish()
        } catch {
            throw error.needsNewer ? .rootNewer(path: root.path) : .record(error)
        }
    }

    /// A directory with nothing but `lock` and empty directories of ours is what an interrupted ``make(in:)`` leaves.
    static func checkEmpty(_ root: Directory) throws(StorageError) {
        do throws(StorageError) { try checkEntries(of: root) } catch {
            // Another process may have made it a root, and changed it, since it was looked for.
            if try isPresent(in: root) { return }
            throw error
        }
    }

    private static func checkEntries(of root: Directory) throws(StorageError) {
        for entry in try onDisk({ () throws(FileSystemError) in try root.names() }) {
            // Another process may be making the root at this moment.
            if entry == "lock" || entry == name || entry == DurableFile.successor(of: name) { continue }
            guard ManagedRoot.Part.allCases.contains(where: { $0.path == entry }),
                try isEmptyButForProbes(entry, in: root)
            else { throw .rootNotOurs(path: root.path, entry: entry.description) }
        }
    }

    /// Makes a root: probe, directories, and `format.json` last, all under the root's lock.
    static func make(in root: Directory) throws(StorageError) {
        try checkEmpty(root)
        let lock = try onDisk { () throws(FileSystemError) in
            try FileLock.acquire("lock", in: root, .exclusive, wait: true)
        }
        try withExtendedLifetime(lock) { () throws(StorageError) in
            // Another process may have made it while this one waited.
            if try isPresent(in: root) { return }
            try onDisk { () throws(FileSystemError) in
                try root.setMode(0o755)
                for part in ManagedRoot.Part.allCases {
                    if try root.status(of: part.path) == nil { try root.make(part.path, mode: 0o700) }
                    try root.directory(part.path).setMode(part.mode)
                }
            }
            try FileSystemProbe.run(in: onDisk { () throws(FileSystemError) in try root.directory("staging") })
            try onDisk { () throws(FileSystemError) in
                // All of it is durable before the format says that it is there.
                try root.syncFileSystem()
                let format: JSONValue = ["schema": ManagedRoot.schema]
                // Nothing in it is private, and whoever may list apps must be able to read it.
                try DurableFile.replace(name, in: root, with: format.line, mode: 0o644)
            }
        }
    }

    private static func isEmptyButForProbes(_ name: DiskPath, in root: Directory) throws(StorageError) -> Bool {
        try onDisk { () throws(FileSystemError) in
            guard let status = try root.status(of: name), status.kind == .directory else { return false }
            return try root.directory(name).names().allSatisfy(FileSystemProbe.isProbe)
        }
    }
}

/// Tries on the real disk what a swap relies on.
enum FileSystemProbe {
    private static let prefix = Array("probe-".utf8)

    static func isProbe(_ name: DiskPath) -> Bool { name.bytes.starts(with: prefix) }

    /// - Throws: ``StorageError/fileSystemUnsupported(path:lacks:)`` that names what is missing.
    static func run(in staging: Directory) throws(StorageError) {
        let space = try onDisk { () throws(FileSystemError) in try staging.space() }
        if space.kind == .network {
            throw .fileSystemUnsupported(path: staging.path, lacks: "is a network file system")
        }
        try onDisk { () throws(FileSystemError) in try clear(staging) }
        try onDisk { () throws(FileSystemError) in
            try staging.make("probe-a", mode: 0o700)
            try staging.make("probe-b", mode: 0o700)
        }
        do throws(FileSystemError) {
            try staging.exchange("probe-a", with: "probe-b")
        } catch {
            throw .fileSystemUnsupported(
                path: staging.path, lacks: "cannot exchange two directories in one step (\(error.reason))")
        }
        try checkLocks(staging)
        let twin = try onDisk { () throws(FileSystemError) in try staging.status(of: "PROBE-A") }
        if twin != nil {
            throw .fileSystemUnsupported(path: staging.path, lacks: "does not tell upper from lower case")
        }
        try onDisk { () throws(FileSystemError) in try clear(staging) }
    }

    private static func checkLocks(_ staging: Directory) throws(StorageError) {
        try onDisk { () throws(FileSystemError) in try staging.unlinkIfPresent("probe-lock") }
        let first = try onDisk { () throws(FileSystemError) in
            try FileLock.acquire("probe-lock", in: staging, .exclusive, wait: false)
        }
        let second = try onDisk { () throws(FileSystemError) in
            try FileLock.acquire("probe-lock", in: staging, .exclusive, wait: false)
        }
        try withExtendedLifetime(first) { () throws(StorageError) in
            if first == nil || second != nil {
                throw .fileSystemUnsupported(path: staging.path, lacks: "does not keep locks (flock)")
            }
        }
    }

    private static func clear(_ staging: Directory) throws(FileSystemError) {
        for name in try staging.names() where isProbe(name) {
            if try staging.status(of: name)?.kind == .directory {
                try staging.removeDirectory(name)
            } else {
                try staging.unlinkIfPresent(name)
            }
        }
    }
}
