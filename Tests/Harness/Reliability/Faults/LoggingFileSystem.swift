import DiskIO
import Dispatch
import HostModel
import SystemPackage
import TestSupport

/// The real disk, and a log of every change that is made to one directory tree on it.
///
/// A change and its line in the log are made under one lock, so the log has the order in which the disk saw them.
final class LoggingFileSystem: ForwardingFileSystem {
    let base: any FileSystem = FaultyFileSystem()
    private let top: String
    private let gate = DispatchSemaphore(value: 1)
    /// Safe because it is used between `wait` and `signal` of the gate alone, in ``logged(_:)``.
    nonisolated(unsafe) private var state: State

    fileprivate struct State {
        var log: DiskLog
        /// The disk as it is now.
        var now: DiskImage
        var opened: [Descriptor: DiskImage.ID] = [:]
        /// The last thing that was done to each node: what a flush of it is for.
        var last: [DiskImage.ID: String] = [:]
    }

    /// - Parameters:
    ///   - path: the directory whose tree is logged.
    ///   - image: what it holds now.
    init(_ path: String, holding image: DiskImage) {
        top = path
        state = State(log: DiskLog(from: image), now: image)
    }

    var log: DiskLog {
        gate.wait()
        defer { gate.signal() }
        return state.log
    }

    // MARK: Opening

    func openTop(_ path: DiskPath, as opening: Opening) throws(Errno) -> Descriptor {
        try logged { state throws(Errno) in
            let opened = try base.openTop(path, as: opening)
            let text = path.description
            let names = text.dropFirst(top.count).split(separator: "/").map { DiskPath(String($0)) }
            let isBelow = text == top || text.hasPrefix(top + "/")
            state.opened[opened] = isBelow ? state.now.id(names, from: DiskImage.top) : nil
            return opened
        }
    }

    func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
        try logged { state throws(Errno) in
            let opened = try base.open(path, in: directory, as: opening)
            guard let start = state.opened[directory] else {
                state.opened[opened] = nil
                return opened
            }
            let names = path.bytes.split(separator: UInt8(ascii: "/")).map { DiskPath($0) }
            if let there = state.now.id(names, from: start) {
                state.opened[opened] = there
            } else if let last = names.last, let parent = state.now.id(Array(names.dropLast()), from: start) {
                var mode: UInt32 = 0o600
                do throws(Errno) { mode = try base.status(opened).mode } catch {}
                state.opened[opened] = state.make(.init(kind: .file, mode: mode), last, in: parent)
            }
            return opened
        }
    }

    func openAnonymous() throws(Errno) -> Descriptor {
        try logged { state throws(Errno) in
            let opened = try base.openAnonymous()
            state.opened[opened] = nil
            return opened
        }
    }

    // MARK: Changing content

    func write(_ file: Descriptor, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try logged { state throws(Errno) in
            let count = try base.write(file, from: buffer)
            state.note(.append(Array(buffer.prefix(count))), file, "write")
            return count
        }
    }

    func truncate(_ file: Descriptor, to size: Int64) throws(Errno) {
        try logged { state throws(Errno) in
            try base.truncate(file, to: size)
            state.note(.cut(to: Int(size)), file, "truncate")
        }
    }

    func clone(_ source: Descriptor, to copy: Descriptor) throws(Errno) {
        try logged { state throws(Errno) in
            try base.clone(source, to: copy)
            let content = state.opened[source].map { state.now.nodes[$0].content } ?? []
            state.note(.replace(content), copy, "clone")
        }
    }

    func setMode(_ descriptor: Descriptor, to mode: UInt32) throws(Errno) {
        try logged { state throws(Errno) in
            try base.setMode(descriptor, to: mode)
            if let id = state.opened[descriptor] { state.add(.mode(id, mode), touching: [id], "chmod") }
        }
    }

    func setMode(_ name: DiskPath, in directory: Descriptor, to mode: UInt32) throws(Errno) {
        try logged { state throws(Errno) in
            try base.setMode(name, in: directory, to: mode)
            guard let parent = state.opened[directory], let id = state.now.nodes[parent].entries[name] else { return }
            state.add(.mode(id, mode), touching: [id], "chmod")
        }
    }

    // MARK: Changing names

    func makeDirectory(_ name: DiskPath, in directory: Descriptor, mode: UInt32) throws(Errno) {
        try logged { state throws(Errno) in
            try base.makeDirectory(name, in: directory, mode: mode)
            if let parent = state.opened[directory] {
                _ = state.make(.init(kind: .directory, mode: mode), name, in: parent)
            }
        }
    }

    func makeLink(_ name: DiskPath, in directory: Descriptor, target: DiskPath) throws(Errno) {
        try logged { state throws(Errno) in
            try base.makeLink(name, in: directory, target: target)
            if let parent = state.opened[directory] {
                _ = state.make(.init(kind: .link, mode: 0o777, content: target.bytes), name, in: parent)
            }
        }
    }

    func link(_ file: Descriptor, to name: DiskPath, in directory: Descriptor) throws(Errno) {
        try logged { state throws(Errno) in
            try base.link(file, to: name, in: directory)
            if let parent = state.opened[directory] {
                state.rename([.init(directory: parent, name: name, node: state.opened[file])], "link \(name)")
            }
        }
    }

    func rename(
        _ name: DiskPath, in directory: Descriptor, to newName: DiskPath, in newDirectory: Descriptor
    ) throws(Errno) {
        try logged { state throws(Errno) in
            try base.rename(name, in: directory, to: newName, in: newDirectory)
            state.move(name, directory, to: newName, newDirectory)
        }
    }

    func renameReplacing(
        _ name: DiskPath, in directory: Descriptor, to newName: DiskPath, in newDirectory: Descriptor
    ) throws(Errno) {
        try logged { state throws(Errno) in
            try base.renameReplacing(name, in: directory, to: newName, in: newDirectory)
            state.move(name, directory, to: newName, newDirectory)
        }
    }

    func exchange(
        _ name: DiskPath, in directory: Descriptor, with other: DiskPath, in otherDirectory: Descriptor
    ) throws(Errno) {
        try logged { state throws(Errno) in
            try base.exchange(name, in: directory, with: other, in: otherDirectory)
            guard let one = state.opened[directory], let two = state.opened[otherDirectory] else { return }
            let first = state.now.nodes[one].entries[name]
            let second = state.now.nodes[two].entries[other]
            state.rename(
                [
                    .init(directory: one, name: name, node: second), .init(directory: two, name: other, node: first),
                ], "exchange \(name) \(other)")
        }
    }

    func unlink(_ name: DiskPath, in directory: Descriptor) throws(Errno) {
        try logged { state throws(Errno) in
            try base.unlink(name, in: directory)
            state.remove(name, directory)
        }
    }

    func removeDirectory(_ name: DiskPath, in directory: Descriptor) throws(Errno) {
        try logged { state throws(Errno) in
            try base.removeDirectory(name, in: directory)
            state.remove(name, directory)
        }
    }

    // MARK: Flushing

    func sync(_ descriptor: Descriptor) throws(Errno) {
        try logged { state throws(Errno) in
            try base.sync(descriptor)
            guard let id = state.opened[descriptor] else { return }
            state.log.changes.append(.sync(id, label: "\(state.path(of: id)) after \(state.last[id] ?? "nothing")"))
        }
    }

    func syncFileSystem(_ descriptor: Descriptor) throws(Errno) {
        try logged { state throws(Errno) in
            try base.syncFileSystem(descriptor)
            let place = state.opened[descriptor].map { state.path(of: $0) } ?? "elsewhere"
            state.log.changes.append(.syncAll(label: "all of \(place)"))
        }
    }

    private func logged<Value>(_ body: (inout State) throws(Errno) -> Value) throws(Errno) -> Value {
        gate.wait()
        defer { gate.signal() }
        return try body(&state)
    }
}

extension LoggingFileSystem.State {
    mutating func add(_ change: DiskChange, touching ids: [DiskImage.ID], _ words: String) {
        now.apply(change)
        log.changes.append(change)
        for id in ids { last[id] = words }
    }

    mutating func note(_ change: DiskChange.DataChange, _ file: Descriptor, _ words: String) {
        if let id = opened[file] { add(.data(id, change), touching: [id], words) }
    }

    mutating func make(_ node: DiskImage.Node, _ name: DiskPath, in parent: DiskImage.ID) -> DiskImage.ID {
        let id = log.newborn.count
        log.newborn.append(node)
        now.nodes.append(node)
        rename([.init(directory: parent, name: name, node: id)], "make \(name)")
        return id
    }

    mutating func move(_ name: DiskPath, _ directory: Descriptor, to newName: DiskPath, _ newDirectory: Descriptor) {
        guard let from = opened[directory], let to = opened[newDirectory] else { return }
        let node = now.nodes[from].entries[name]
        rename(
            [.init(directory: from, name: name, node: nil), .init(directory: to, name: newName, node: node)],
            "rename \(name) \(newName)")
    }

    mutating func remove(_ name: DiskPath, _ directory: Descriptor) {
        if let parent = opened[directory] {
            rename([.init(directory: parent, name: name, node: nil)], "remove \(name)")
        }
    }

    mutating func rename(_ sides: [DiskChange.Side], _ words: String) {
        add(.names(sides), touching: sides.map(\.directory), words)
    }

    /// For people: where a node lies now.
    func path(of wanted: DiskImage.ID) -> String {
        func search(_ id: DiskImage.ID, _ path: String) -> String? {
            if id == wanted { return path }
            for (name, child) in now.nodes[id].entries {
                if let found = search(child, "\(path)/\(name)") { return found }
            }
            return nil
        }
        return search(DiskImage.top, "") ?? "a nameless file"
    }
}
