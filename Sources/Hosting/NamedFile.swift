import DiskIO
import HostModel

extension File {
    /// Opens a file that the operator named, following links.
    ///
    /// - Throws: ``HostError/fileNotFound(_:)``, or the disk's error.
    static func named(_ path: String, files: any FileSystem) throws -> File {
        do throws(FileSystemError) { return try File.open(path, files: files) } catch {
            if error.isNotFound { throw HostError.fileNotFound(path) }
            throw error
        }
    }
}
