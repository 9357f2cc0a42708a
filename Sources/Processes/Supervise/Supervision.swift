import CLinux
import DiskIO
import Dispatch
import Glibc
import HostModel
import Synchronization

/// Starts the supervisor of an app: this program once more, under a verb that no help names.
package enum Supervision {
    /// What stands for the verb among the words of the command line.
    package static let verb = "_supervise"

    /// Starts a supervisor, which starts the app by itself. The caller holds the app's lock, and goes on holding it
    /// until ``StartingApp/waitUntilLocked()`` has returned.
    ///
    /// - Parameters:
    ///   - place: with `logs/<id>/`, which has to be there.
    ///   - root: the managed root.
    ///   - bundle: what `installed/` leads to.
    ///   - program: the path of this program.
    /// - Throws: ``LaunchFailure``, ``FileSystemError`` or ``StartFailure``; nothing was started.
    package static func start(
        order: SupervisorOrder, place: AppPlace, root: Directory, bundle: Directory, program: String
    ) throws -> StartingApp {
        guard let logs = place.logs else {
            throw StartFailure(
                code: .cannotCreate, message: "\(quoted(order.name)) has no directory for its log", help: nil)
        }
        let null = try open("/dev/null")
        let memory = try File.anonymous(files: LinuxFileSystem())
        try memory.write(order.json.line)
        let status = try pipe()
        var launch = ProgramLaunch(
            program: program, arguments: ["apphost", verb], environment: environment, directory: root,
            descriptors: [
                null.descriptor, null.descriptor, null.descriptor, memory.descriptor, status.writing.descriptor,
                root.descriptor, place.app.descriptor, logs.descriptor, bundle.descriptor,
            ])
        launch.isDetached = true
        // Only numbers of them are in `launch`.
        _ = try withExtendedLifetime((null, memory, status.writing, place, bundle)) { try launch.run() }
        // Else its end would never be seen.
        try status.writing.close()
        return StartingApp(order: order, logs: logs, status: status.reading)
    }

    /// The time zone as everywhere in this program; and what ends it by surprise is no reason to start a debugger.
    private static let environment = [
        EnvironmentVariable(name: "TZ", value: Array("UTC0".utf8)),
        EnvironmentVariable(name: "SWIFT_BACKTRACE", value: Array("enable=no".utf8)),
    ]

    private static func open(_ path: String) throws(LaunchFailure) -> File {
        let opened = clinux_openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0)
        if opened < 0 { throw LaunchFailure(program: verb, step: .descriptors, number: errno) }
        return File(Descriptor(number: opened), path: path, files: LinuxFileSystem())
    }

    private static func pipe() throws(LaunchFailure) -> (reading: File, writing: File) {
        var ends: [Int32] = [-1, -1]
        if clinux_pipe(&ends) < 0 { throw LaunchFailure(program: verb, step: .descriptors, number: errno) }
        let files = ends.map { File(Descriptor(number: $0), path: "a pipe", files: LinuxFileSystem()) }
        return (files[0], files[1])
    }
}

/// An app whose supervisor was started. It goes on by itself, whatever becomes of this value.
package final class StartingApp: Sendable {
    private let name: String
    private let startedAt: Timestamp
    private let logs: Directory
    private let status: File
    /// What was read behind the last event.
    private let rest = Mutex<[UInt8]>([])

    init(order: SupervisorOrder, logs: Directory, status: File) {
        name = order.name
        startedAt = order.startedAt
        self.logs = logs
        self.status = status
    }

    /// Blocks until the supervisor holds `running.lock` and its log is open.
    ///
    /// - Throws: why it does not; nothing of the app was started.
    package func waitUntilLocked() throws(StartFailure) {
        try wait(for: .locked)
    }

    /// Blocks until the app has lived for one second, or has left a process behind and ended well. Called after
    /// ``waitUntilLocked()``, without the app's lock.
    ///
    /// - Throws: why it does not live, with the last lines that it wrote; nothing of it is left.
    package func waitUntilLived() throws(StartFailure) {
        do throws(StartFailure) { try wait(for: .lived) } catch {
            var failure = error
            failure.lastLines = lastLines
            throw failure
        }
    }

    /// As ``waitUntilLived()``, away from the cooperative pool.
    package func lived() async throws {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try self.waitUntilLived() }) }
        }
    }

    private func wait(for expected: StartEvent) throws(StartFailure) {
        switch nextEvent() {
        case expected: return
        case .failed(let failure): throw failure
        case .locked, .lived, nil:
            throw StartFailure(
                message: "the supervisor of \(quoted(name)) ended by surprise",
                help: "the kernel's log may say why: 'dmesg'")
        }
    }

    /// - Returns: nil where none follows.
    private func nextEvent() -> StartEvent? {
        rest.withLock { rest in
            while true {
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = Array(rest[..<end])
                    rest.removeFirst(end + 1)
                    return try? StartEvent(line)
                }
                guard let more = readMore(), !more.isEmpty else { return nil }
                rest += more
            }
        }
    }

    private func readMore() -> [UInt8]? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        guard let count = try? status.read(into: buffer) else { return nil }
        return Array(buffer[..<count])
    }

    /// What the app wrote, not what its supervisor says. None where the log cannot be read: the failure matters more.
    private var lastLines: [String] {
        let lines = try? LogReader(logs: logs).tail(lines: 20, since: startedAt)
        return (lines ?? []).filter { $0.stream != .app }.map(\.shown)
    }
}
