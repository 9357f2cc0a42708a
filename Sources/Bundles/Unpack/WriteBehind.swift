import DiskIO
import Dispatch
import Synchronization

/// Writes and closes files on a thread of its own, in the order in which they were handed over: writing overlaps with
/// comparing and with making the next file.
///
/// Memory: at most ``depth`` buffers of 256 KiB, which are used again and again.
final class WriteBehind: Sendable {
    private struct State {
        var free: [Buffer]
        var failure: FileSystemError?
    }

    /// Owned by one side at a time: by the caller while it is filled, by the writing thread while it is written.
    private struct Buffer: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer
    }

    private static let depth = 16
    private static let bufferSize = 256 << 10

    private let state: Mutex<State>
    private let freeCount = DispatchSemaphore(value: 0)
    private let queue = DispatchQueue(label: "apphost.write")

    init() {
        state = Mutex(
            State(
                free: (0..<Self.depth).map { _ in
                    Buffer(bytes: .allocate(byteCount: Self.bufferSize, alignment: 16))
                }))
        for _ in 0..<Self.depth { freeCount.signal() }
    }

    deinit {
        // What is still queued holds a reference, so nothing is.
        state.withLock { $0.free.forEach { $0.bytes.deallocate() } }
    }

    /// Appends a copy of `bytes` to `file`, later.
    ///
    /// - Throws: what an earlier write met.
    func write(_ bytes: UnsafeRawBufferPointer, to file: File) throws(FileSystemError) {
        var rest = bytes
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.bufferSize))
            let buffer = try freeBuffer()
            buffer.bytes.copyMemory(from: part)
            let count = part.count
            queue.async { [self] in
                attempt { () throws(FileSystemError) in
                    try file.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
                }
                state.withLock { $0.free.append(buffer) }
                freeCount.signal()
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Closes `file` once all that was handed over for it is written.
    func close(_ file: File) {
        queue.async { [self] in attempt { () throws(FileSystemError) in try file.close() } }
    }

    /// Waits until everything is written and closed.
    ///
    /// - Throws: the first error that any of it met.
    func finish() throws(FileSystemError) {
        queue.sync {}
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// Waits until nothing is being written any more, whatever became of it: before the files are thrown away.
    func abandon() { queue.sync {} }

    private func freeBuffer() throws(FileSystemError) -> Buffer {
        freeCount.wait()
        let (buffer, failure) = state.withLock { state in
            (state.failure == nil ? state.free.removeLast() : nil, state.failure)
        }
        if let buffer { return buffer }
        freeCount.signal()
        guard let failure else { preconditionFailure("no buffer was free, and no write had failed") }
        throw failure
    }

    /// After the first failure nothing more is written.
    private func attempt(_ body: () throws(FileSystemError) -> Void) {
        guard state.withLock({ $0.failure == nil }) else { return }
        do throws(FileSystemError) { try body() } catch { state.withLock { $0.failure = error } }
    }
}
