import SystemPackage

/// The one seam to the disk: one requirement for each system call that AppHost makes on files.
///
/// What every implementation keeps, whatever it adds (faults, recording):
/// - Paths are relative to an open directory and followed beneath it; a symbolic link in the middle or at the end of
///   one is `ELOOP`. Only at the end it is `ENOTDIR` where a directory is opened, `EEXIST` where a new file is made.
/// - A name change is atomic. It is durable once the directory (both, for a move) was synced after it.
/// - File data is durable once the file, or its file system, was synced after the write.
/// - `ENOENT` alone means "not there".
/// - `EINTR` is retried inside; a short read or write is returned, and completed by the caller.
/// - A descriptor is closed exactly once, also when `close` throws.
package protocol FileSystem: Sendable {
    /// Opens a directory by an absolute path or one relative to the working directory, following links: for `--root` and
    /// what else the operator names. openat(2)
    func openTop(_ path: DiskPath, as opening: Opening) throws(Errno) -> Descriptor

    /// Opens `path` beneath `directory`, never through a link. openat2(2)
    func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor

    /// A file without a name in memory. memfd_create(2)
    func openAnonymous() throws(Errno) -> Descriptor

    /// read(2)
    func read(_ file: Descriptor, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int

    /// pread(2)
    func read(_ file: Descriptor, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int

    /// write(2)
    func write(_ file: Descriptor, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int

    /// ftruncate(2)
    func truncate(_ file: Descriptor, to size: Int64) throws(Errno)

    /// Flushes one file's data, or one directory's names. fsync(2)
    func sync(_ descriptor: Descriptor) throws(Errno)

    /// Flushes everything on the file system that holds `descriptor`, and reports errors since that was opened. syncfs(2)
    func syncFileSystem(_ descriptor: Descriptor) throws(Errno)

    /// close(2)
    func close(_ descriptor: Descriptor) throws(Errno)

    /// fstat(2)
    func status(_ descriptor: Descriptor) throws(Errno) -> FileStatus

    /// Of the name itself, not of what a link leads to. fstatat(2)
    func status(_ name: DiskPath, in directory: Descriptor) throws(Errno) -> FileStatus

    /// Every name but `.` and `..`, in no order. getdents(2)
    func names(in directory: Descriptor) throws(Errno) -> [DirectoryName]

    /// mkdirat(2)
    func makeDirectory(_ name: DiskPath, in directory: Descriptor, mode: UInt32) throws(Errno)

    /// Fails with `EEXIST` where `newName` is taken. renameat2(2) with `RENAME_NOREPLACE`
    func rename(
        _ name: DiskPath, in directory: Descriptor, to newName: DiskPath, in newDirectory: Descriptor) throws(Errno)

    /// Replaces `newName`. renameat(2)
    func renameReplacing(
        _ name: DiskPath, in directory: Descriptor, to newName: DiskPath, in newDirectory: Descriptor) throws(Errno)

    /// Both names must exist. renameat2(2) with `RENAME_EXCHANGE`
    func exchange(
        _ name: DiskPath, in directory: Descriptor, with other: DiskPath, in otherDirectory: Descriptor) throws(Errno)

    /// Gives the open `file` one more name. linkat(2) with `AT_EMPTY_PATH`
    func link(_ file: Descriptor, to name: DiskPath, in directory: Descriptor) throws(Errno)

    /// Shares the content of `source` with the empty file `copy`. ioctl_ficlone(2)
    func clone(_ source: Descriptor, to copy: Descriptor) throws(Errno)

    /// symlinkat(2)
    func makeLink(_ name: DiskPath, in directory: Descriptor, target: DiskPath) throws(Errno)

    /// readlinkat(2)
    func linkTarget(_ name: DiskPath, in directory: Descriptor) throws(Errno) -> DiskPath

    /// unlinkat(2)
    func unlink(_ name: DiskPath, in directory: Descriptor) throws(Errno)

    /// unlinkat(2) with `AT_REMOVEDIR`
    func removeDirectory(_ name: DiskPath, in directory: Descriptor) throws(Errno)

    /// fchmod(2)
    func setMode(_ descriptor: Descriptor, to mode: UInt32) throws(Errno)

    /// Of the name itself: `EOPNOTSUPP` where that is a link. fchmodat2(2) with `AT_SYMLINK_NOFOLLOW`
    func setMode(_ name: DiskPath, in directory: Descriptor, to mode: UInt32) throws(Errno)

    /// Takes setuid and setgid away from a file that may be executed. fchown(2)
    func setOwner(_ descriptor: Descriptor, to user: UInt32, group: UInt32) throws(Errno)

    /// Of the name itself, not of what a link leads to. fchownat(2) with `AT_SYMLINK_NOFOLLOW`
    func setOwner(_ name: DiskPath, in directory: Descriptor, to user: UInt32, group: UInt32) throws(Errno)

    /// - Parameter wait: false answers at once.
    /// - Returns: whether the lock is held now.
    ///
    /// flock(2)
    func lock(_ file: Descriptor, _ kind: LockKind, wait: Bool) throws(Errno) -> Bool

    /// Bytes that an ordinary user may still write, and what kind of file system it is. fstatvfs(2), fstatfs(2)
    func space(_ descriptor: Descriptor) throws(Errno) -> FileSystemSpace
}

/// An open file or directory.
package struct Descriptor: Hashable, Sendable {
    package let number: Int32
    package init(number: Int32) { self.number = number }
}

/// What a path is opened for. Every descriptor is close-on-exec, and none ever blocks on a FIFO.
package enum Opening: Sendable, Equatable {
    case directory
    case reading
    /// A new file, for reading and writing; `EEXIST` where the name is taken. `mode` is under the umask.
    case creating(mode: UInt32)
    /// At its end; made where it is not there.
    case appending(mode: UInt32)
    /// For `flock` only; made where it is not there.
    case locking(mode: UInt32)
}

/// A name in a directory, and what kind of thing has it, where the file system says so in passing.
package struct DirectoryName: Sendable, Equatable {
    package let name: DiskPath
    package let kind: FileStatus.Kind?

    package init(name: DiskPath, kind: FileStatus.Kind?) {
        self.name = name
        self.kind = kind
    }
}

package enum LockKind: Sendable, Equatable { case shared, exclusive }

package struct FileStatus: Sendable, Equatable {
    package enum Kind: Sendable, Equatable { case file, directory, link, other }
    package let kind: Kind
    /// The twelve permission bits.
    package let mode: UInt32
    /// In bytes.
    package let size: Int64
    package let owner: UInt32
    package let group: UInt32
    package let device: UInt64
    package let inode: UInt64
    package let links: UInt64

    package init(
        kind: Kind, mode: UInt32, size: Int64, owner: UInt32, group: UInt32, device: UInt64, inode: UInt64,
        links: UInt64
    ) {
        self.kind = kind
        self.mode = mode
        self.size = size
        self.owner = owner
        self.group = group
        self.device = device
        self.inode = inode
        self.links = links
    }

    package func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}

package struct FileSystemSpace: Sendable, Equatable {
    /// In bytes.
    package let available: Int64
    package let kind: Kind
    package enum Kind: Sendable, Equatable { case ordinary, network, memory }

    package init(available: Int64, kind: Kind) {
        self.available = available
        self.kind = kind
    }
}
