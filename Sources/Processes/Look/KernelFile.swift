import CLinux
import Glibc

/// Files that the kernel makes up: `/proc` and the control groups. They are no part of any managed root.
enum KernelFile {
    /// - Parameter limit: in bytes; what stands behind it is left out, to the next block.
    /// - Returns: nil where it is not there, may not be read, or its process ended meanwhile.
    static func read(_ path: String, limit: Int) -> [UInt8]? {
        let file = clinux_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var content: [UInt8] = []
        while content.count < limit {
            let count = Glibc.read(file, buffer.baseAddress, buffer.count)
            if count == 0 { break }
            if count > 0 {
                content.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if errno != EINTR {
                return nil
            }
        }
        return content
    }

    /// As ``read(_:limit:)``; what is not UTF-8 is replaced.
    static func text(_ path: String, limit: Int) -> String? {
        read(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes in one call, as these files want it.
    ///
    /// - Returns: whether the kernel took it.
    static func write(_ text: String, to path: String) -> Bool {
        let file = clinux_openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0)
        guard file >= 0 else { return false }
        defer { close(file) }
        return Glibc.write(file, text, text.utf8.count) == text.utf8.count
    }

    /// - Returns: nil where it is no link, or may not be read.
    static func linkTarget(_ path: String) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    /// The names of the directories in a directory.
    ///
    /// - Returns: nil where it cannot be listed.
    static func directories(in path: String) -> [String]? {
        guard let stream = opendir(path) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            guard Int(entry.pointee.d_type) == Int(DT_DIR) else { continue }
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { name in Array(name.prefix { $0 != 0 }) }
            let name = String(decoding: bytes, as: UTF8.self)
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
