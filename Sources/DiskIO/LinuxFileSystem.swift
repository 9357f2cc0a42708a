import CLinux
import Glibc
import SystemPackage

/// The real disk. Without state; each method is one system call.
package struct LinuxFileSystem: FileSystem {
    package init() {}

    package func openTop(_ path: DiskPath, as opening: Opening) throws(Errno) -> Descriptor {
        Descriptor(
            number: try call {
                clinux_openat(AT_FDCWD, path.terminated, opening.flags & ~O_NOFOLLOW, mode_t(opening.mode))
            })
    }

    package func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
        do throws(Errno) {
            let number = try call {
                clinux_open_beneath(
                    directory.number, path.terminated, UInt64(UInt32(bitPattern: opening.flags)), UInt64(opening.mode))
            }
            return Descriptor(number: number)
        } catch .noFunction {
            // Before Linux 5.6, and under seccomp filters that do not know the call.
            return try walk(path, in: directory, as: opening)
        }
    }

    package func openAnonymous() throws(Errno) -> Descriptor {
        Descriptor(number: try call { clinux_anonymous_file("apphost") })
    }

    package func read(_ file: Descriptor, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try call { Glibc.read(file.number, buffer.baseAddress, buffer.count) }
    }

    package func read(
        _ file: Descriptor, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        try call { pread(file.number, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    package func write(_ file: Descriptor, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try call { Glibc.write(file.number, buffer.baseAddress, buffer.count) }
    }

    package func truncate(_ file: Descriptor, to size: Int64) throws(Errno) {
        _ = try call { ftruncate(file.number, off_t(size)) }
    }

    package func sync(_ descriptor: Descriptor) throws(Errno) {
        _ = try call { fsync(descriptor.number) }
    }

    package func syncFileSystem(_ descriptor: Descriptor) throws(Errno) {
        _ = try call { clinux_sync_file_system(descriptor.number) }
    }

    package func close(_ descriptor: Descriptor) throws(Errno) {
        // close(2): after EINTR the descriptor is gone on Linux; calling again could close another thread's file.
        if Glibc.close(descriptor.number) < 0 && errno != EINTR { throw Errno(rawValue: errno) }
    }

    package func status(_ descriptor: Descriptor) throws(Errno) -> FileStatus {
        var status = stat()
        _ = try call { fstat(descriptor.number, &status) }
        return FileStatus(status)
    }

    package func status(_ name: DiskPath, in directory: Descriptor) throws(Errno) -> FileStatus {
        var status = stat()
        _ = try call { fstatat(directory.number, name.terminated, &status, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(status)
    }

    package func names(in directory: Descriptor) throws(Errno) -> [DirectoryName] {
        // A descriptor of its own, because another's position would be shared with every other reader.
        let own = try open(".", in: directory, as: .directory)
        do throws(Errno) {
            let names = try readNames(own)
            try close(own)
            return names
        } catch {
            try close(own)
            throw error
        }
    }

    /// `struct linux_dirent64`: inode (8), offset (8), length of the record (2), type (1), name with its NUL.
    private func readNames(_ directory: Descriptor) throws(Errno) -> [DirectoryName] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 8)
        defer { buffer.deallocate() }
        var names: [DirectoryName] = []
        while true {
            let filled = try call { clinux_directory_entries(directory.number, buffer.baseAddress, buffer.count) }
            if filled == 0 { return names }
            var offset = 0
            while offset < filled {
                let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
                let name = DiskPath(Array(buffer[(offset + 19)..<(offset + length)].prefix { $0 != 0 }))
                if name != "." && name != ".." {
                    names.append(DirectoryName(name: name, kind: FileStatus.Kind(directoryType: buffer[offset + 18])))
                }
                offset += length
            }
        }
    }

    package func makeDirectory(_ name: DiskPath, in directory: Descriptor, mode: UInt32) throws(Errno) {
        _ = try call { mkdirat(directory.number, name.terminated, mode_t(mode)) }
    }

    package func rename(
        _ name: DiskPath, in directory: Descriptor, to newName: DiskPath, in newDirectory: Descriptor
    ) throws(Errno) {
        _ = try call {
            clinux_rename_no_replace(directory.number, name.terminated, newDirectory.number, newName.terminated)
        }
    }

    package func renameReplacing(
        _ name: DiskPath, in directory: Descriptor, to newName: DiskPath, in newDirectory: Descriptor
    ) throws(Errno) {
        _ = try call { renameat(directory.number, name.terminated, newDirectory.number, newName.terminated) }
    }

    package func exchange(
        _ name: DiskPath, in directory: Descriptor, with other: DiskPath, in otherDirectory: Descriptor
    ) throws(Errno) {
        _ = try call {
            clinux_rename_exchange(directory.number, name.terminated, otherDirectory.number, other.terminated)
        }
    }

    package func link(_ file: Descriptor, to name: DiskPath, in directory: Descriptor) throws(Errno) {
        do throws(Errno) {
            _ = try call { clinux_link_descriptor(file.number, directory.number, name.terminated) }
        } catch .noSuchFileOrDirectory {
            // Before Linux 6.10 that needs a capability; the way through /proc needs none.
            _ = try call {
                linkat(AT_FDCWD, "/proc/self/fd/\(file.number)", directory.number, name.terminated, AT_SYMLINK_FOLLOW)
            }
        }
    }

    package func clone(_ source: Descriptor, to copy: Descriptor) throws(Errno) {
        _ = try call { clinux_clone(copy.number, source.number) }
    }

    package func makeLink(_ name: DiskPath, in directory: Descriptor, target: DiskPath) throws(Errno) {
        _ = try call { symlinkat(target.terminated, directory.number, name.terminated) }
    }

    package func linkTarget(_ name: DiskPath, in directory: Descriptor) throws(Errno) -> DiskPath {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try call { readlinkat(directory.number, name.terminated, &buffer, buffer.count) }
        return DiskPath(buffer[..<count].map { UInt8(bitPattern: $0) })
    }

    package func unlink(_ name: DiskPath, in directory: Descriptor) throws(Errno) {
        _ = try call { unlinkat(directory.number, name.terminated, 0) }
    }

    package func removeDirectory(_ name: DiskPath, in directory: Descriptor) throws(Errno) {
        _ = try call { unlinkat(directory.number, name.terminated, AT_REMOVEDIR) }
    }

    package func setMode(_ descriptor: Descriptor, to mode: UInt32) throws(Errno) {
        _ = try call { fchmod(descriptor.number, mode_t(mode)) }
    }

    package func setMode(_ name: DiskPath, in directory: Descriptor, to mode: UInt32) throws(Errno) {
        _ = try call { clinux_set_mode(directory.number, name.terminated, mode_t(mode)) }
    }

    package func setOwner(_ descriptor: Descriptor, to user: UInt32, group: UInt32) throws(Errno) {
        _ = try call { fchown(descriptor.number, user, group) }
    }

    package func setOwner(_ name: DiskPath, in directory: Descriptor, to user: UInt32, group: UInt32) throws(Errno) {
        _ = try call { fchownat(directory.number, name.terminated, user, group, AT_SYMLINK_NOFOLLOW) }
    }

    package func lock(_ file: Descriptor, _ kind: LockKind, wait: Bool) throws(Errno) -> Bool {
        let operation = (kind == .shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB)
        do throws(Errno) {
            _ = try call { flock(file.number, operation) }
            return true
        } catch .wouldBlock {
            return false
        }
    }

    package func space(_ descriptor: Descriptor) throws(Errno) -> FileSystemSpace {
        var volume = statvfs()
        _ = try call { fstatvfs(descriptor.number, &volume) }
        var magic: Int64 = 0
        _ = try call { clinux_file_system_magic(descriptor.number, &magic) }
        let (bytes, overflow) = Int64(clamping: volume.f_bavail)
            .multipliedReportingOverflow(by: Int64(clamping: volume.f_frsize))
        return FileSystemSpace(
            available: overflow ? Int64.max : bytes, kind: FileSystemSpace.Kind(magic: magic))
    }

    /// The user whose rights this process has.
    package static var effectiveUser: UInt32 { geteuid() }

    /// Opens component by component, each without following a link.
    private func walk(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
        let components = path.bytes.split(separator: UInt8(ascii: "/")).map { DiskPath($0) }
        guard let last = components.last, !path.bytes.starts(with: [UInt8(ascii: "/")]), !components.contains("..")
        else { throw .improperLink }
        var current = directory
        for component in components.dropLast() {
            let next = try openComponent(component, in: current, as: .directory)
            if current != directory { try close(current) }
            current = next
        }
        let opened = try openComponent(last, in: current, as: opening)
        if current != directory { try close(current) }
        return opened
    }

    private func openComponent(
        _ name: DiskPath, in directory: Descriptor, as opening: Opening
    ) throws(Errno) -> Descriptor {
        Descriptor(
            number: try call { clinux_openat(directory.number, name.terminated, opening.flags, mode_t(opening.mode)) })
    }
}

/// Makes a system call until it is not interrupted.
private func call<Result: SignedInteger>(_ body: () -> Result) throws(Errno) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let error = Errno(rawValue: errno)
        if error != .interrupted { throw error }
    }
}

extension Opening {
    fileprivate var flags: Int32 {
        let always = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        return switch self {
        case .directory: always | O_RDONLY | O_DIRECTORY
        case .reading: always | O_RDONLY
        case .creating: always | O_RDWR | O_CREAT | O_EXCL
        case .appending: always | O_RDWR | O_CREAT | O_APPEND
        case .locking: always | O_RDWR | O_CREAT
        }
    }

    fileprivate var mode: UInt32 {
        switch self {
        case .directory, .reading: 0
        case .creating(let mode), .appending(let mode), .locking(let mode): mode
        }
    }
}

extension FileStatus {
    fileprivate init(_ status: stat) {
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        self.init(
            kind: kind, mode: status.st_mode & 0o7777, size: Int64(status.st_size), owner: status.st_uid,
            group: status.st_gid, device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
            links: UInt64(status.st_nlink))
    }
}

extension FileStatus.Kind {
    /// readdir(3), "d_type".
    fileprivate init?(directoryType: UInt8) {
        switch Int(directoryType) {
        case Int(DT_REG): self = .file
        case Int(DT_DIR): self = .directory
        case Int(DT_LNK): self = .link
        case Int(DT_UNKNOWN): return nil
        default: self = .other
        }
    }
}

extension FileSystemSpace.Kind {
    /// statfs(2), "f_type".
    fileprivate init(magic: Int64) {
        self =
            switch magic & 0xFFFF_FFFF {
            case 0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42, 0x0102_1997: .network
            case 0x0102_1994, 0x8584_58F6: .memory
            default: .ordinary
            }
    }
}
