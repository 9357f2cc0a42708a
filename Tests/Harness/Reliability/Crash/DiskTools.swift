import Glibc
import TestSupport

/// What it takes to make and mount small disks: root, loop devices, and the programs of e2fsprogs and util-linux.
package struct DiskTools: Sendable {
    let makeFileSystem: String
    let mount: String
    let copy: String
    /// Where disks are mounted. Absolute and without links, as the kernel tells of mounts.
    let place: String
    /// Numbers for what is made here.
    let counter = Counter()
    private let scratch: TemporaryDirectory

    /// Why there are none here.
    package struct Missing: Error {
        package let why: String
    }

    /// Finds them, and mounts a disk once to be sure.
    ///
    /// - Throws: ``Missing``.
    package static func find() throws -> DiskTools {
        guard geteuid() == 0 else { throw Missing(why: "only root can mount disks") }
        func path(of tool: String) throws -> String {
            guard let path = Command.path(of: tool) else { throw Missing(why: "there is no \(tool)") }
            return path
        }
        let scratch = try TemporaryDirectory()
        let tools = DiskTools(
            makeFileSystem: try path(of: "mkfs.ext4"), mount: try path(of: "mount"), copy: try path(of: "cp"),
            place: try Command.resolved(scratch.path), scratch: scratch)
        Mounts.detachLeftovers(below: tools.place.split(separator: "/").dropLast().map { "/\($0)" }.joined())
        Interruption.detachesMounts()
        do {
            try LoopImage.make(at: "\(scratch.path)/probe.img", holding: nil, tools).mounted { disk -> Void in
                guard access(disk.statistics, R_OK) == 0 else {
                    throw Missing(why: "\(disk.statistics) cannot be read")
                }
            }
        } catch let failed as Failed {
            throw Missing(why: failed.description)
        }
        return tools
    }

    private init(
        makeFileSystem: String, mount: String, copy: String, place: String, scratch: TemporaryDirectory
    ) {
        self.makeFileSystem = makeFileSystem
        self.mount = mount
        self.copy = copy
        self.place = place
        self.scratch = scratch
    }

    /// - Throws: ``Failed`` where it does not end with 0.
    func run(_ words: [String]) throws {
        let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"]
        let outcome = try Command.run(words, environment: environment, scratch: scratch)
        guard outcome.status == 0 else { throw Failed(words: words, errors: outcome.errors) }
    }

    struct Failed: Error, CustomStringConvertible {
        let words: [String]
        let errors: String

        var description: String {
            let first = errors.split(separator: "\n").first ?? "no reason given"
            return "'\(words.joined(separator: " "))' failed: \(first)"
        }
    }
}

/// A word of a shell that means exactly this text. sh(1), "Quoting"
func shellWord(_ text: String) -> String { "'" + text.replacing("'", with: #"'\''"#) + "'" }

/// Two items at a time at most: loop devices are few, and the whole machine shares them.
func forEachInTwoLanes<Item: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) throws -> Void
) async throws {
    let next = Counter()
    try await forEachInParallel([1, 2]) { _ in
        while case let index = next.next(), index < items.count { try body(items[index]) }
    }
}
