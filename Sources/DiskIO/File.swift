import HostModel
import SystemPackage

/// An open file. Whoever wrote to it closes it with ``close()`` to learn of late errors; reading ones close themselves.
package final class File: Sendable {
    private let files: any FileSystem
    package let descriptor: Descriptor
    private let place: Place
    /// Whoever closes the descriptor, when that is not this value.
    private let lender: Directory?
    private let isClosed = Once()

    /// Where it was opened. The path is put together only for an error: bundles have many files.
    private enum Place: Sendable {
        case path(String)
        case name(DiskPath, in: Directory)
    }

    package convenience init(_ descriptor: Descriptor, path: String, files: any FileSystem, lender: Directory? = nil) {
        self.init(descriptor, .path(path), files, lender: lender)
    }

    convenience init(_ descriptor: Descriptor, _ name: DiskPath, in directory: Directory) {
        self.init(descriptor, .name(name, in: directory), directory.files, lender: nil)
    }

    private init(_ descriptor: Descriptor, _ place: Place, _ files: any FileSystem, lender: Directory?) {
        self.descriptor = descriptor
        self.place = place
        self.files = files
        self.lender = lender
    }

    deinit {
        // Nothing is lost: what was written and must last was synced before, and sync reports.
        if isClosed.first(), lender == nil { try? files.close(descriptor) }
    }

    /// For errors.
    package var path: String {
        switch place {
        case .path(let path): path
        case .name(let name, let directory): directory.full(name)
        }
    }

    /// - Throws: what the kernel found out only now. The file is closed all the same.
    package func close() throws(FileSystemError) {
        guard isClosed.first(), lender == nil else { return }
        try attempt(.close) { () throws(Errno) in try files.close(descriptor) }
    }

    package func status() throws(FileSystemError) -> FileStatus {
        try attempt(.inspect) { () throws(Errno) in try files.status(descriptor) }
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileSystemError) -> Int {
        try attempt(.read) { () throws(Errno) in try files.read(descriptor, into: buffer) }
    }

    package func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(FileSystemError) -> Int {
        try attempt(.read) { () throws(Errno) in try files.read(descriptor, at: offset, into: buffer) }
    }

    /// The whole content.
    ///
    /// - Returns: nil when it is longer than `limit` bytes.
    package func content(limit: Int) throws(FileSystemError) -> [UInt8]? {
        var content: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try read(at: Int64(content.count), into: buffer)
            if count == 0 { return content }
            content.append(contentsOf: buffer[..<count])
            if content.count > limit { return nil }
        }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = try attempt(.write) { () throws(Errno) in try files.write(descriptor, from: rest) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    package func write(_ bytes: [UInt8]) throws(FileSystemError) {
        var written = 0
        while written < bytes.count {
            written += try attempt(.write) { () throws(Errno) in
                // The closure below cannot throw a typed error through the standard library, so it returns one.
                let result: Result<Int, Errno> = bytes.withUnsafeBytes { all in
                    let rest = UnsafeRawBufferPointer(rebasing: all[written...])
                    return Result { () throws(Errno) in try files.write(descriptor, from: rest) }
                }
                return try result.get()
            }
        }
    }

    /// Appends all of `source`.
    package func append(_ source: File, scratch: UnsafeMutableRawBufferPointer) throws(FileSystemError) {
        var offset: Int64 = 0
        while true {
            let read = try source.read(at: offset, into: scratch)
            if read == 0 { return }
            try write(UnsafeRawBufferPointer(rebasing: scratch[..<read]))
            offset += Int64(read)
        }
    }

    package func truncate(to size: Int64) throws(FileSystemError) {
        try attempt(.truncate) { () throws(Errno) in try files.truncate(descriptor, to: size) }
    }

    /// A flush that failed must not be tried again: the kernel may have dropped what it could not write (fsync(2)).
    package func sync() throws(FileSystemError) {
        try attempt(.sync) { () throws(Errno) in try files.sync(descriptor) }
    }

    package func setMode(_ mode: UInt32) throws(FileSystemError) {
        try attempt(.setMode) { () throws(Errno) in try files.setMode(descriptor, to: mode) }
    }

    package func setOwner(to user: UInt32, group: UInt32) throws(FileSystemError) {
        try attempt(.setOwner) { () throws(Errno) in try files.setOwner(descriptor, to: user, group: group) }
    }

    /// Shares the content of `source`, where the file system can.
    ///
    /// - Returns: false where it cannot; the file is as it was.
    package func clone(_ source: File) throws(FileSystemError) -> Bool {
        do throws(Errno) {
            try files.clone(source.descriptor, to: descriptor)
            return true
        } catch {
            switch error {
            case .notSupportedOnSocket, .notSupported, .improperLink, .invalidArgument, .inappropriateIOCTLForDevice:
                return false
            default: throw FileSystemError(.write, path, error)
            }
        }
    }

    /// - Returns: whether it is held now.
    func lock(_ kind: LockKind, wait: Bool) throws(Errno) -> Bool { try files.lock(descriptor, kind, wait: wait) }

    private func attempt<Value: ~Copyable>(
        _ call: FileSystemError.Call, _ body: () throws(Errno) -> Value
    ) throws(FileSystemError) -> Value {
        do throws(Errno) { return try body() } catch { throw FileSystemError(call, path, error) }
    }
}

extension File {
    /// A second descriptor for an open directory would have a lock of its own, so this one lends `directory`'s: it keeps the
    /// directory open for as long as the lock is held, and never closes it itself.
    package convenience init(holding directory: Directory) {
        self.init(directory.descriptor, path: directory.path, files: directory.files, lender: directory)
    }
}

extension File {
    /// Opens what the operator named, following links.
    package static func open(_ path: String, files: any FileSystem) throws(FileSystemError) -> File {
        do throws(Errno) {
            return File(try files.openTop(DiskPath(path), as: .reading), path: path, files: files)
        } catch {
            throw FileSystemError(.open, path, error)
        }
    }

    /// A file without a name, in memory, that is gone when it is closed.
    package static func anonymous(files: any FileSystem) throws(FileSystemError) -> File {
        do throws(Errno) { return File(try files.openAnonymous(), path: "memory", files: files) } catch {
            throw FileSystemError(.open, "memory", error)
        }
    }
}
