import DiskIO
import Synchronization
import SystemPackage

/// The real disk, with a list of what was asked of it: `rename installed backup`, `sync notes`.
///
/// Descriptors are told by the name that they were opened with; `top` is what was opened by an absolute path. Closing
/// what was only read is `release`.
package final class RecordingFileSystem: ForwardingFileSystem {
    package let base: any FileSystem
    private let state = Mutex(State())

    private struct State {
        var calls: [String] = []
        var names: [Descriptor: String] = [:]
        /// What was opened to be written to.
        var written: Set<Descriptor> = []
    }

    package init(base: any FileSystem = LinuxFileSystem()) { self.base = base }

    /// Every call, in order.
    package var calls: [String] { state.withLock { $0.calls } }

    /// The calls that change something, make it durable or lock, in order, and the closing of what was written.
    package var changes: [String] {
        let looking: Set<String> = [
            "open", "read", "status", "names", "readlink", "space", "memfd", "opentop", "release",
        ]
        return calls.filter { call in !looking.contains(String(call.prefix { $0 != " " })) }
    }

    /// Forgets what was recorded so far.
    package func clear() { state.withLock { $0.calls = [] } }

    package func before(_ call: DiskCall) throws(Errno) {
        state.withLock { state in
            let names = state.names
            var text = Self.text(of: call) { names[$0] ?? "?" }
            if case .close(let descriptor) = call, state.written.remove(descriptor) == nil {
                text = "release " + (names[descriptor] ?? "?")
            }
            state.calls.append(text)
        }
    }

    package func openTop(_ path: DiskPath, as opening: Opening) throws(Errno) -> Descriptor {
        try before(.openTop(path, opening))
        let opened = try base.openTop(path, as: opening)
        state.withLock { $0.names[opened] = "top" }
        return opened
    }

    package func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
        try before(.open(path, opening))
        let opened = try base.open(path, in: directory, as: opening)
        state.withLock { state in
            state.names[opened] = path.description
            if opening.isForContent { state.written.insert(opened) }
        }
        return opened
    }

    private static func text(of call: DiskCall, _ name: (Descriptor) -> String) -> String {
        switch call {
        case .openTop: "opentop"
        case .open(let path, let opening):
            switch opening {
            case .directory, .reading: "open \(path)"
            case .creating: "create \(path)"
            case .appending: "append \(path)"
            case .locking: "lockfile \(path)"
            }
        case .openAnonymous: "memfd"
        case .read(let file): "read \(name(file))"
        case .write(let file): "write \(name(file))"
        case .truncate(let file, let size): "truncate \(name(file)) \(size)"
        case .sync(let descriptor): "sync \(name(descriptor))"
        case .syncFileSystem(let descriptor): "syncfs \(name(descriptor))"
        case .close(let descriptor): "close \(name(descriptor))"
        case .statusOf(let descriptor): "status \(name(descriptor))"
        case .status(let path): "status \(path)"
        case .names(let directory): "names \(name(directory))"
        case .makeDirectory(let path): "mkdir \(path)"
        case .rename(let from, let to): "rename \(from) \(to)"
        case .renameReplacing(let from, let to): "replace \(to) \(from)"
        case .exchange(let one, let other): "exchange \(one) \(other)"
        case .link(let file, let to): "link \(name(file)) \(to)"
        case .clone(let copy): "clone \(name(copy))"
        case .makeLink(let path, let target): "symlink \(path) \(target)"
        case .linkTarget(let path): "readlink \(path)"
        case .unlink(let path): "unlink \(path)"
        case .removeDirectory(let path): "rmdir \(path)"
        case .setMode(let descriptor, let mode): "chmod \(name(descriptor)) \(String(mode, radix: 8))"
        case .setModeByName(let path, let mode): "chmod \(path) \(String(mode, radix: 8))"
        case .setOwner(let descriptor, let user): "chown \(name(descriptor)) \(user)"
        case .setOwnerByName(let path, let user): "chown \(path) \(user)"
        case .lock(let file, let kind): "lock \(name(file)) \(kind == .shared ? "shared" : "exclusive")"
        case .space: "space"
        }
    }
}
