import DiskIO
import SystemPackage

/// A file system in front of another one. It is told of each call before that is passed on, and may throw in its place.
package protocol ForwardingFileSystem: FileSystem {
    var base: any FileSystem { get }

    /// What it throws is thrown instead of making the call.
    func before(_ call: DiskCall) throws(Errno)
}

extension ForwardingFileSystem {
    package func before(_ call: DiskCall) throws(Errno) {}

    package func openTop(_ path: DiskPath, as opening: Opening) throws(Errno) -> Descriptor {
        try before(.openTop(path, opening))
        return try base.openTop(path, as: opening)
    }

    package func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
        try before(.open(path, opening))
        return try base.open(path, in: directory, as: opening)
    }

    package func openAnonymous() throws(Errno) -> Descriptor {
        try before(.openAnonymous)
        return try base.openAnonymous()
    }

    package func read(_ file: Descriptor, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try before(.read(file))
        return try base.read(file, into: buffer)
    }

    package func read(
        _ file: Descriptor, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        try before(.read(file))
        return try base.read(file, at: offset, into: buffer)
    }

    package func write(_ file: Descriptor, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try before(.write(file))
        return try base.write(file, from: buffer)
    }

    package func truncate(_ file: Descriptor, to size: Int64) throws(Errno) {
        try before(.truncate(file, size))
        try base.truncate(file, to: size)
    }

    package func sync(_ descriptor: Descriptor) throws(Errno) {
        try before(.sync(descriptor))
        try base.sync(descriptor)
    }

    package func syncFileSystem(_ descriptor: Descriptor) throws(Errno) {
        try before(.syncFileSystem(descriptor))
        try base.syncFileSystem(descriptor)
    }

    /// The descriptor is closed whatever ``before(_:)`` says, as the kernel does it.
    package func close(_ descriptor: Descriptor) throws(Errno) {
        var verdict: Errno?
        do throws(Errno) { try before(.close(descriptor)) } catch { verdict = error }
        try base.close(descriptor)
        if let verdict { throw verdict }
    }

    package func status(_ descriptor: Descriptor) throws(Errno) -> FileStatus {
        try before(.statusOf(descriptor))
        return try base.status(descriptor)
    }

    package func status(_ name: DiskPath, in directory: Descriptor) throws(Errno) -> FileStatus {
        try before(.status(name))
        return try base.status(name, in: directory)
    }

    package func names(in directory: Descriptor) throws(Errno) -> [DirectoryName] {
        try before(.names(directory))
        return try base.names(in: directory)
    }

    package func makeDirectory(_ name: DiskPath, in directory: Descriptor, mode: UInt32) throws(Errno) {
        try before(.makeDirectory(name))
        try base.makeDirectory(name, in: directory, mode: mode)
    }

    package func rename(
        _ name: DiskPath, in directory: Descriptor, to newName: DiskPath, in newDirectory: Descriptor
    ) throws(Errno) {
        try before(.rename(name, to: newName))
        try base.rename(name, in: directory, to: newName, in: newDirectory)
    }

    package func renameReplacing(
        _ name: DiskPath, in directory: Descriptor, to newName: DiskPath, in newDirectory: Descriptor
    ) throws(Errno) {
        try before(.renameReplacing(name, to: newName))
        try base.renameReplacing(name, in: directory, to: newName, in: newDirectory)
    }

    package func exchange(
        _ name: DiskPath, in directory: Descriptor, with other: DiskPath, in otherDirectory: Descriptor
    ) throws(Errno) {
        try before(.exchange(name, with: other))
        try base.exchange(name, in: directory, with: other, in: otherDirectory)
    }

    package func link(_ file: Descriptor, to name: DiskPath, in directory: Descriptor) throws(Errno) {
        try before(.link(file, to: name))
        try base.link(file, to: name, in: directory)
    }

    package func clone(_ source: Descriptor, to copy: Descriptor) throws(Errno) {
        try before(.clone(copy))
        try base.clone(source, to: copy)
    }

    package func makeLink(_ name: DiskPath, in directory: Descriptor, target: DiskPath) throws(Errno) {
        try before(.makeLink(name, target: target))
        try base.makeLink(name, in: directory, target: target)
    }

    package func linkTarget(_ name: DiskPath, in directory: Descriptor) throws(Errno) -> DiskPath {
        try before(.linkTarget(name))
        return try base.linkTarget(name, in: directory)
    }

    package func unlink(_ name: DiskPath, in directory: Descriptor) throws(Errno) {
        try before(.unlink(name))
        try base.unlink(name, in: directory)
    }

    package func removeDirectory(_ name: DiskPath, in directory: Descriptor) throws(Errno) {
        try before(.removeDirectory(name))
        try base.removeDirectory(name, in: directory)
    }

    package func setMode(_ descriptor: Descriptor, to mode: UInt32) throws(Errno) {
        try before(.setMode(descriptor, mode))
        try base.setMode(descriptor, to: mode)
    }

    package func setMode(_ name: DiskPath, in directory: Descriptor, to mode: UInt32) throws(Errno) {
        try before(.setModeByName(name, mode))
        try base.setMode(name, in: directory, to: mode)
    }

    package func setOwner(_ descriptor: Descriptor, to user: UInt32, group: UInt32) throws(Errno) {
        try before(.setOwner(descriptor, user))
        try base.setOwner(descriptor, to: user, group: group)
    }

    package func setOwner(_ name: DiskPath, in directory: Descriptor, to user: UInt32, group: UInt32) throws(Errno) {
        try before(.setOwnerByName(name, user))
        try base.setOwner(name, in: directory, to: user, group: group)
    }

    package func lock(_ file: Descriptor, _ kind: LockKind, wait: Bool) throws(Errno) -> Bool {
        try before(.lock(file, kind))
        return try base.lock(file, kind, wait: wait)
    }

    package func space(_ descriptor: Descriptor) throws(Errno) -> FileSystemSpace {
        try before(.space(descriptor))
        return try base.space(descriptor)
    }
}
