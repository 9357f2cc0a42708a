import Glibc
import HostModel
import SystemPackage

/// An open directory: everything is done relative to it, and no path below it is followed through a link.
package final class Directory: Sendable {
    package let files: any FileSystem
    package let descriptor: Descriptor
    /// As people know it; for errors and output, never for opening anything.
    package let path: String

    package init(_ descriptor: Descriptor, path: String, files: any FileSystem) {
        self.descriptor = descriptor
        self.path = path
        self.files = files
    }

    deinit { try? files.close(descriptor) }

    /// Opens what the operator named, following links.
    package static func open(_ path: String, files: any FileSystem) throws(FileSystemError) -> Directory {
        do throws(Errno) {
            return Directory(try files.openTop(DiskPath(path), as: .directory), path: path, files: files)
        } catch {
            throw FileSystemError(.open, path, error)
        }
    }

    // MARK: Looking

    package func names() throws(FileSystemError) -> [DiskPath] { try namesWithKinds().map(\.name) }

    package func namesWithKinds() throws(FileSystemError) -> [DirectoryName] {
        try attempt(.list, nil) { () throws(Errno) in try files.names(in: descriptor) }
    }

    package func status() throws(FileSystemError) -> FileStatus {
        try attempt(.inspect, nil) { () throws(Errno) in try files.status(descriptor) }
    }

    /// - Parameter name: of the thing itself; directories above it are ours, and no links.
    /// - Returns: nil where nothing has that name.
    package func status(of name: DiskPath) throws(FileSystemError) -> FileStatus? {
        try unlessMissing { () throws(FileSystemError) in
            try attempt(.inspect, name) { () throws(Errno) in try files.status(name, in: descriptor) }
        }
    }

    package func linkTarget(_ name: DiskPath) throws(FileSystemError) -> DiskPath {
        try attempt(.read, name) { () throws(Errno) in try files.linkTarget(name, in: descriptor) }
    }

    package func space() throws(FileSystemError) -> FileSystemSpace {
        try attempt(.measure, nil) { () throws(Errno) in try files.space(descriptor) }
    }

    // MARK: Opening

    package func directory(_ path: DiskPath) throws(FileSystemError) -> Directory {
        let opened = try attempt(.open, path) { () throws(Errno) in
            try files.open(path, in: descriptor, as: .directory)
        }
        return Directory(opened, path: full(path), files: files)
    }

    /// - Returns: nil where it is not there.
    package func directoryIfPresent(_ path: DiskPath) throws(FileSystemError) -> Directory? {
        try unlessMissing { () throws(FileSystemError) in try directory(path) }
    }

    /// Opens a directory that is to be deleted. Apps may leave some that not even their owner may look into; those get
    /// the mode 0700 first.
    ///
    /// - Parameter name: what ``status(of:)`` said is a directory. A link that took its place is refused.
    /// - Returns: nil where it is not there.
    package func directoryToDelete(_ name: DiskPath) throws(FileSystemError) -> Directory? {
        do throws(FileSystemError) { return try directoryIfPresent(name) } catch {
            guard error.isPermissionDenied else { throw error }
        }
        _ = try unlessMissing { () throws(FileSystemError) in try setMode(0o700, of: name) }
        return try directoryIfPresent(name)
    }

    package func file(_ path: DiskPath, as opening: Opening = .reading) throws(FileSystemError) -> File {
        let opened = try attempt(.open, path) { () throws(Errno) in try files.open(path, in: descriptor, as: opening) }
        return File(opened, path, in: self)
    }

    /// - Returns: nil where it is not there.
    package func fileIfPresent(_ path: DiskPath) throws(FileSystemError) -> File? {
        try unlessMissing { () throws(FileSystemError) in try file(path) }
    }

    // MARK: Changing names. Durable after ``sync()`` of every directory involved.

    package func make(_ name: DiskPath, mode: UInt32) throws(FileSystemError) {
        try attempt(.make, name) { () throws(Errno) in try files.makeDirectory(name, in: descriptor, mode: mode) }
    }

    /// Makes a directory with exactly `mode`, whatever the umask, and opens it.
    package func makeAndOpen(_ name: DiskPath, mode: UInt32) throws(FileSystemError) -> Directory {
        try make(name, mode: 0o700)
        let made = try directory(name)
        try made.setMode(mode)
        return made
    }

    /// The directory `name`, made with `mode` where it is not there.
    ///
    /// - Parameter syncs: false where the caller makes its name durable.
    package func openOrMake(
        _ name: DiskPath, mode: UInt32, syncs: Bool = true
    ) throws(FileSystemError) -> Directory {
        if let there = try directoryIfPresent(name) { return there }
        do throws(FileSystemError) {
            let made = try makeAndOpen(name, mode: mode)
            if syncs { try sync() }
            return made
        } catch {
            // Another process was faster; its directory serves as well.
            if error.isTaken { return try directory(name) }
            throw error
        }
    }

    /// Makes a file that has no name once this returns: it is gone when it is closed, or the process ends.
    ///
    /// - On disk: it takes room here. A process that is killed in between leaves `unnamed-<number>`.
    package func unnamedFile() throws(FileSystemError) -> File {
        let name = DiskPath("unnamed-\(UInt64.random(in: 0...UInt64.max))")
        let file = try file(name, as: .creating(mode: 0o600))
        // Whoever sweeps may have been faster.
        try unlinkIfPresent(name)
        return file
    }

    /// Never replaces anything.
    package func move(
        _ name: DiskPath, to target: Directory, as newName: DiskPath
    ) throws(FileSystemError) {
        try attempt(.rename, name) { () throws(Errno) in
            try files.rename(name, in: descriptor, to: newName, in: target.descriptor)
        }
    }

    package func replace(_ name: DiskPath, with newer: DiskPath) throws(FileSystemError) {
        try attempt(.rename, newer) { () throws(Errno) in
            try files.renameReplacing(newer, in: descriptor, to: name, in: descriptor)
        }
    }

    /// Like ``replace(_:with:)``, with what lies in another directory of the same file system.
    package func replace(_ name: DiskPath, with newer: DiskPath, of source: Directory) throws(FileSystemError) {
        try attempt(.rename, name) { () throws(Errno) in
            try files.renameReplacing(newer, in: source.descriptor, to: name, in: descriptor)
        }
    }

    /// Two names trade places in one step that no reader can see halfway.
    package func exchange(_ name: DiskPath, with other: DiskPath) throws(FileSystemError) {
        try attempt(.exchange, other) { () throws(Errno) in
            try files.exchange(name, in: descriptor, with: other, in: descriptor)
        }
    }

    package func link(_ file: File, as name: DiskPath) throws(FileSystemError) {
        try attempt(.link, name) { () throws(Errno) in try files.link(file.descriptor, to: name, in: descriptor) }
    }

    package func makeLink(_ name: DiskPath, target: DiskPath) throws(FileSystemError) {
        try attempt(.make, name) { () throws(Errno) in try files.makeLink(name, in: descriptor, target: target) }
    }

    package func unlink(_ name: DiskPath) throws(FileSystemError) {
        try attempt(.remove, name) { () throws(Errno) in try files.unlink(name, in: descriptor) }
    }

    package func unlinkIfPresent(_ name: DiskPath) throws(FileSystemError) {
        _ = try unlessMissing { () throws(FileSystemError) in try unlink(name) }
    }

    package func removeDirectory(_ name: DiskPath) throws(FileSystemError) {
        try attempt(.remove, name) { () throws(Errno) in try files.removeDirectory(name, in: descriptor) }
    }

    package func setMode(_ mode: UInt32) throws(FileSystemError) {
        try attempt(.setMode, nil) { () throws(Errno) in try files.setMode(descriptor, to: mode) }
    }

    /// Of what cannot be opened; a link is refused.
    package func setMode(_ mode: UInt32, of name: DiskPath) throws(FileSystemError) {
        try attempt(.setMode, name) { () throws(Errno) in try files.setMode(name, in: descriptor, to: mode) }
    }

    package func setOwner(to user: UInt32, group: UInt32) throws(FileSystemError) {
        try attempt(.setOwner, nil) { () throws(Errno) in try files.setOwner(descriptor, to: user, group: group) }
    }

    /// Of what cannot be opened; of a link itself.
    package func setOwner(of name: DiskPath, to user: UInt32, group: UInt32) throws(FileSystemError) {
        try attempt(.setOwner, name) { () throws(Errno) in
            try files.setOwner(name, in: descriptor, to: user, group: group)
        }
    }

    // MARK: Flushing

    package func sync() throws(FileSystemError) {
        try attempt(.sync, nil) { () throws(Errno) in try files.sync(descriptor) }
    }

    /// Flushes the whole file system that holds this directory. Reports errors since the directory was opened.
    package func syncFileSystem() throws(FileSystemError) {
        try attempt(.sync, nil) { () throws(Errno) in try files.syncFileSystem(descriptor) }
    }

    // MARK: Where it is

    /// The absolute path without links that leads here now, whatever it was opened by. For programs that are told it.
    ///
    /// Source: proc_pid_fd(5).
    package func canonicalPath() throws(FileSystemError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(descriptor.number)", &buffer, buffer.count)
        guard count >= 0 else { throw FileSystemError(.inspect, path, Errno(rawValue: errno)) }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: Names for people

    package func full(_ name: DiskPath?) -> String {
        guard let name else { return path }
        return path.hasSuffix("/") ? path + name.description : path + "/" + name.description
    }

    private func attempt<Value>(
        _ call: FileSystemError.Call, _ name: DiskPath?, _ body: () throws(Errno) -> Value
    ) throws(FileSystemError) -> Value {
        do throws(Errno) { return try body() } catch { throw FileSystemError(call, full(name), error) }
    }

    private func unlessMissing<Value>(
        _ body: () throws(FileSystemError) -> Value
    ) throws(FileSystemError) -> Value? {
        do throws(FileSystemError) { return try body() } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }
}
