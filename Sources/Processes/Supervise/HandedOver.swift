import CLinux
import DiskIO
import HostModel

/// What a supervisor was given with its descriptors, as ``Supervision`` numbers them.
struct HandedOver {
    let starter: Starter
    let root: Directory
    /// `apps/<id>/`
    let app: Directory
    /// `logs/<id>/`
    let logs: Directory
    /// What `installed/` led to.
    let bundle: Directory
    private let memory: File

    /// Takes the descriptors, so that nothing that is executed gets them. Called once.
    ///
    /// - Returns: nil where they are not there: nobody but ``Supervision`` starts a supervisor.
    static func take() -> HandedOver? {
        for number in Number.allCases {
            guard clinux_set_close_on_exec(number.rawValue) == 0 else { return nil }
        }
        return HandedOver(
            starter: Starter(Number.starter.file), root: Number.root.directory, app: Number.app.directory,
            logs: Number.logs.directory, bundle: Number.bundle.directory, memory: Number.order.file)
    }

    /// - Throws: ``FileSystemError`` or ``RecordError``.
    func order() throws -> SupervisorOrder {
        guard let content = try memory.content(limit: SupervisorOrder.limit) else {
            throw RecordError(file: "the supervisor's order", problem: "it is too long")
        }
        return try SupervisorOrder.read(content)
    }

    private enum Number: Int32, CaseIterable {
        case order = 3
        case starter, root, app, logs, bundle

        var descriptor: Descriptor { Descriptor(number: rawValue) }

        var file: File { File(descriptor, path: path, files: LinuxFileSystem()) }

        var directory: Directory { Directory(descriptor, path: path, files: LinuxFileSystem()) }

        private var path: String {
            let path = KernelFile.linkTarget("/proc/self/fd/\(rawValue)")
            return path.map { String(decoding: $0, as: UTF8.self) } ?? "descriptor \(rawValue)"
        }
    }
}

/// Whoever started an app and waits for what becomes of it. It may be gone long before.
final class Starter {
    private var pipe: File?

    init(_ pipe: File) { self.pipe = pipe }

    /// Whether it is still to be told whether the app lives.
    var isWaiting: Bool { pipe != nil }

    func say(_ event: StartEvent) {
        // Who is gone is told nothing.
        try? pipe?.write(event.line)
        if event != .locked { pipe = nil }
    }
}
