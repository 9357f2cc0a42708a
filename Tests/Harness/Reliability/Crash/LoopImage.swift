import Glibc
import TestSupport

/// A small ext4 in a file. What is in the file at any moment is what a power cut at that moment leaves.
struct LoopImage: Sendable {
    let path: String
    private let tools: DiskTools

    /// Small enough to be copied before every call.
    static let size = 12 << 20

    /// Makes a disk.
    ///
    /// - Parameters:
    ///   - path: of the file, which is made.
    ///   - source: the directory whose content it begins with; nil leaves it empty.
    static func make(at path: String, holding source: String?, _ tools: DiskTools) throws -> LoopImage {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw TestDiskError(call: "open", path: path, errno: errno) }
        defer { close(file) }
        guard ftruncate(file, off_t(size)) == 0 else {
            throw TestDiskError(call: "ftruncate", path: path, errno: errno)
        }
        // mke2fs(8). The smallest blocks and journal there are; nothing is reserved for root, which is who tries this;
        // and nothing is left for the kernel to write later.
        try tools.run([
            tools.makeFileSystem, "-q", "-F", "-b", "1024", "-m", "0", "-J", "size=1", "-E",
            "lazy_itable_init=0,lazy_journal_init=0", path,
        ])
        let image = LoopImage(path: path, tools: tools)
        if let source {
            try image.mounted { disk in try tools.run([tools.copy, "-a", "\(source)/.", disk.path]) }
        }
        return image
    }

    /// A disk that was copied to a file elsewhere.
    init(path: String, tools: DiskTools) {
        self.path = path
        self.tools = tools
    }

    /// Mounts it for as long as `body` takes.
    ///
    /// - Parameter options: mount(8), "loop", and ext4(5).
    func mounted<Value>(_ options: String = "loop,noatime", _ body: (MountedImage) throws -> Value) throws -> Value {
        let disk = try MountedImage(path, options, tools)
        defer { disk.unmount() }
        return try body(disk)
    }

    /// Copies it for as long as `body` takes.
    func copied<Value>(_ body: (LoopImage) throws -> Value) throws -> Value {
        let copy = LoopImage(path: "\(path).\(tools.counter.next())", tools: tools)
        defer { unlink(copy.path) }
        try tools.run([tools.copy, "--sparse=always", path, copy.path])
        return try body(copy)
    }
}

/// A disk that is mounted.
struct MountedImage: Sendable {
    /// Where.
    let path: String
    /// What the kernel counts of it. Documentation/block/stat.rst of Linux
    let statistics: String

    fileprivate init(_ image: String, _ options: String, _ tools: DiskTools) throws {
        path = "\(tools.place)/\(Mounts.name(tools.counter.next()))"
        guard mkdir(path, 0o700) == 0 else { throw TestDiskError(call: "mkdir", path: path, errno: errno) }
        Mounts.add(path)
        do {
            try Self.mount([tools.mount, "-t", "ext4", "-o", options, image, path], tools)
        } catch {
            Self.forget(path)
            throw error
        }
        var status = stat()
        guard lstat(path, &status) == 0 else {
            let error = TestDiskError(call: "lstat", path: path, errno: errno)
            Self.unmount(path)
            throw error
        }
        // makedev(3): twelve bits of the one number stand in the midst of those of the other.
        let device = UInt64(status.st_dev)
        let major = (device >> 8) & 0xFFF
        let minor = (device & 0xFF) | ((device >> 12) & 0xFFF00)
        statistics = "/sys/dev/block/\(major):\(minor)/stat"
    }

    /// What `root/` holds, as ``View`` takes it. The rest of the disk is not the program's.
    func tree() throws -> Tree {
        var tree: Tree = [:]
        for (name, what) in try TemporaryDirectory.snapshot(of: "\(path)/root") { tree["root/\(name)"] = what }
        return tree
    }

    fileprivate func unmount() { Self.unmount(path) }

    /// Another process may take the loop device in the moment between its choice and its use.
    private static func mount(_ words: [String], _ tools: DiskTools) throws {
        for _ in 0..<10 {
            do { return try tools.run(words) } catch is DiskTools.Failed { usleep(20_000) }
        }
        try tools.run(words)
    }

    /// The kernel lets go of the loop device by itself. loop(4), `LO_FLAGS_AUTOCLEAR`
    private static func unmount(_ path: String) {
        var tries = 0
        while umount2(path, 0) != 0 {
            tries += 1
            if tries == 50 {
                umount2(path, Int32(MNT_DETACH))
                break
            }
            usleep(10_000)
        }
        forget(path)
    }

    private static func forget(_ path: String) {
        Mounts.remove(path)
        rmdir(path)
    }
}

extension BuiltProgram {
    /// What is wrong with a disk after an attempt and the recovery that follows it.
    func problems(of scene: Scene, on disk: MountedImage, after end: Scene.End) throws -> [String] {
        try scene.problems(
            after: end, read: disk.tree, recover: { try recover(in: disk.path) }, look: { try look(in: disk.path) })
    }
}
