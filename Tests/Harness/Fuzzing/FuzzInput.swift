import DiskIO

/// One input in a file.
package struct FuzzInput: Sendable {
    /// Of the file, without its folder.
    package let name: String
    package let bytes: [UInt8]

    /// The file at `path`, or every file in the folder there, in the order of their names.
    package static func read(_ path: String) throws -> [FuzzInput] {
        let files = LinuxFileSystem()
        do throws(FileSystemError) {
            var inputs: [FuzzInput] = []
            for name in try Directory.open(path, files: files).names().sorted() {
                inputs.append(try read(name.description, at: "\(path)/\(name)", files))
            }
            return inputs
        } catch {
            guard error.isNotADirectory else { throw error }
            let name = path.split(separator: "/").last.map { String($0) } ?? path
            return [try read(name, at: path, files)]
        }
    }

    /// Most bytes of a file. libFuzzer makes none that is longer than its target's limit.
    private static let limit = 16 << 20

    private static func read(
        _ name: String, at path: String, _ files: LinuxFileSystem
    ) throws(FileSystemError) -> FuzzInput {
        FuzzInput(name: name, bytes: try File.open(path, files: files).content(limit: limit) ?? [])
    }
}
