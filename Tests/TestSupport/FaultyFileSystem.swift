import DiskIO
import Synchronization
import SystemPackage

/// The real disk, on which one call goes wrong: the `call`-th of those that change it, make a change durable or lock.
///
/// Not counted is what only looks, and the closing of what was opened only to look or to lock.
package final class FaultyFileSystem: ForwardingFileSystem {
    package struct Fault: Sendable {
        package enum Effect: Sendable, Hashable {
            /// That call fails, the next ones do not.
            case once(Errno)
            /// That call fails, and every counted one after it.
            case fromThenOn(Errno)
            /// The process is killed before that call, as far as the disk is concerned: from then on nothing is done
            /// but closing, which the kernel does for the dead.
            case kill
        }

        /// From 1.
        package let call: Int
        package let effect: Effect

        package init(at call: Int, _ effect: Effect) {
            self.call = call
            self.effect = effect
        }
    }

    /// What every call of a killed process throws. No kernel has such a number.
    package static let killed = Errno(rawValue: 9999)

    package let base: any FileSystem
    private let fault: Fault?
    private let flushes: Bool
    private let longestWrite: Int
    private let state = Mutex(State())

    private struct State {
        var calls = 0
        var hasStruck = false
        var isKilled = false
        var written: Set<Descriptor> = []
    }

    /// - Parameters:
    ///   - fault: nil for a disk on which nothing goes wrong.
    ///   - flushes: whether a flush is really made. Without a power cut its absence cannot be seen, and it is slow.
    ///   - longestWrite: most bytes that one write takes.
    package init(
        _ fault: Fault? = nil, flushes: Bool = false, longestWrite: Int = Int.max,
        base: any FileSystem = LinuxFileSystem()
    ) {
        self.fault = fault
        self.flushes = flushes
        self.longestWrite = longestWrite
        self.base = base
    }

    /// A disk on which the `call`-th call goes wrong, and nothing is flushed.
    package convenience init(at call: Int, _ effect: Fault.Effect) { self.init(Fault(at: call, effect)) }

    /// How many calls were counted.
    package var calls: Int { state.withLock { $0.calls } }

    /// Whether the call at which the fault lies was reached.
    package var hasStruck: Bool { state.withLock { $0.hasStruck } }

    package func before(_ call: DiskCall) throws(Errno) {
        let fault = fault
        let verdict = state.withLock { state -> Errno? in
            if state.isKilled { return FaultyFileSystem.killed }
            guard call.isMutating else { return nil }
            state.calls += 1
            guard let fault, state.calls >= fault.call else { return nil }
            let isFirst = !state.hasStruck
            state.hasStruck = true
            switch fault.effect {
            case .once(let errno): return isFirst ? errno : nil
            case .fromThenOn(let errno): return errno
            case .kill:
                state.isKilled = true
                return FaultyFileSystem.killed
            }
        }
        if let verdict { throw verdict }
    }

    package func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
        try before(.open(path, opening))
        let opened = try base.open(path, in: directory, as: opening)
        if opening.isForContent { state.withLock { _ = $0.written.insert(opened) } }
        return opened
    }

    package func write(_ file: Descriptor, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try before(.write(file))
        return try base.write(file, from: UnsafeRawBufferPointer(rebasing: buffer.prefix(longestWrite)))
    }

    package func sync(_ descriptor: Descriptor) throws(Errno) {
        try before(.sync(descriptor))
        if flushes { try base.sync(descriptor) }
    }

    package func syncFileSystem(_ descriptor: Descriptor) throws(Errno) {
        try before(.syncFileSystem(descriptor))
        if flushes { try base.syncFileSystem(descriptor) }
    }

    package func close(_ descriptor: Descriptor) throws(Errno) {
        // Forgotten before it is closed: another thread may be given the number at once.
        let wasWritten = state.withLock { $0.written.remove(descriptor) != nil }
        var verdict: Errno?
        if wasWritten {
            do throws(Errno) { try before(.close(descriptor)) } catch { verdict = error }
        }
        try base.close(descriptor)
        if let verdict { throw verdict }
    }
}
