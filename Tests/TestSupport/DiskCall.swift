import DiskIO

/// One call at the seam to the disk, as ``ForwardingFileSystem`` sees it.
package enum DiskCall: Sendable {
    case openTop(DiskPath, Opening)
    case open(DiskPath, Opening)
    case openAnonymous
    case read(Descriptor)
    case write(Descriptor)
    case truncate(Descriptor, Int64)
    case sync(Descriptor)
    case syncFileSystem(Descriptor)
    case close(Descriptor)
    case statusOf(Descriptor)
    case status(DiskPath)
    case names(Descriptor)
    case makeDirectory(DiskPath)
    case rename(DiskPath, to: DiskPath)
    case renameReplacing(DiskPath, to: DiskPath)
    case exchange(DiskPath, with: DiskPath)
    case link(Descriptor, to: DiskPath)
    case clone(Descriptor)
    case makeLink(DiskPath, target: DiskPath)
    case linkTarget(DiskPath)
    case unlink(DiskPath)
    case removeDirectory(DiskPath)
    case setMode(Descriptor, UInt32)
    case setModeByName(DiskPath, UInt32)
    case setOwner(Descriptor, UInt32)
    case setOwnerByName(DiskPath, UInt32)
    case lock(Descriptor, LockKind)
    case space(Descriptor)

    /// Whether it changes the disk, makes a change durable, or takes a lock.
    package var isMutating: Bool {
        switch self {
        case .openTop(_, let opening), .open(_, let opening): opening.makesFiles
        case .write, .truncate, .sync, .syncFileSystem, .close, .makeDirectory, .rename, .renameReplacing, .exchange,
            .link, .clone, .makeLink, .unlink, .removeDirectory, .setMode, .setModeByName, .setOwner,
            .setOwnerByName, .lock:
            true
        case .openAnonymous, .read, .statusOf, .status, .names, .linkTarget, .space: false
        }
    }
}

extension Opening {
    /// Whether a file is made where none is.
    package var makesFiles: Bool {
        switch self {
        case .directory, .reading: false
        case .creating, .appending, .locking: true
        }
    }

    /// Whether something may be written to what was opened.
    package var isForContent: Bool {
        switch self {
        case .directory, .reading, .locking: false
        case .creating, .appending: true
        }
    }
}
