import HostModel
import SystemPackage

/// Deletes trees that may be read-only, deep, hostile, or being deleted by another process as well.
package enum TreeRemoval {
    /// Removes everything in `trash`, a directory that holds nothing else. Never follows a link.
    ///
    /// Directories deeper than `maximumDepth` are first moved up into `trash`, so descriptors stay few whatever the depth.
    ///
    /// - Throws: the first thing that could not be removed; what is left can be removed later.
    package static func empty(_ trash: Directory) throws(FileSystemError) {
        while true {
            let names = try trash.names()
            if names.isEmpty { return }
            for name in names { try remove(name, in: trash, depth: 0, trash: trash) }
        }
    }

    static let maximumDepth = 64

    private static func remove(
        _ name: DiskPath, in directory: Directory, depth: Int, trash: Directory
    ) throws(FileSystemError) {
        guard let status = try directory.status(of: name) else { return }
        guard status.kind == .directory else { return try directory.unlinkIfPresent(name) }
        if depth == maximumDepth {
            // A directory changes its parent only while it is writable.
            if status.mode & 0o700 != 0o700 { try directory.directoryToDelete(name)?.setMode(0o700) }
            return try directory.move(name, to: trash, as: DiskPath("deep-\(status.device)-\(status.inode)"))
        }
        guard let child = try directory.directoryToDelete(name) else { return }
        // Bundles are read-only down to their directories; nothing can be unlinked from those.
        if status.mode & 0o700 != 0o700 { try child.setMode(0o700) }
        let names: [DiskPath]
        do throws(FileSystemError) { names = try child.names() } catch {
            // Another process, emptying the same trash, was faster.
            if error.isNotFound { return }
            throw error
        }
        for name in names { try remove(name, in: child, depth: depth + 1, trash: trash) }
        do throws(FileSystemError) {
            try directory.removeDirectory(name)
        } catch {
            // Another process, emptying the same trash, was faster; or it just moved something up from below.
            if error.isNotFound { return }
            throw error
        }
    }
}
