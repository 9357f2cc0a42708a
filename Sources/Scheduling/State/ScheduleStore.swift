import DiskIO
import HostModel

/// `scheduler/` of a managed root: what is kept of each catalog and app that is looked at.
///
///     lock                  held by the one who looks; never removed
///     <kind>-<name>.json    see ``ItemState``
package struct ScheduleStore: Sendable {
    private let directory: Directory

    private static let lockName: DiskPath = "lock"

    package init(_ directory: Directory) { self.directory = directory }

    // MARK: Looking. No lock

    /// Everything that a state is kept of, in order.
    package func items() throws(ScheduleError) -> [ScheduledItem] {
        do throws(FileSystemError) {
            return try directory.names().compactMap { ScheduledItem(file: $0) }.sorted()
        } catch {
            throw .unreadable(error)
        }
    }

    /// As it was written; see ``ItemState/settled``.
    ///
    /// - Returns: nil where it was never looked at.
    package func state(of item: ScheduledItem) throws(ScheduleError) -> ItemState? {
        let content: [UInt8]?
        do throws(FileSystemError) {
            guard let file = try directory.fileIfPresent(item.file) else { return nil }
            content = try file.content(limit: ItemState.limit)
        } catch {
            throw .unreadable(error)
        }
        do throws(RecordError) {
            guard let content else {
                throw RecordError(
                    file: "scheduler/\(item.file)", problem: "it is longer than \(ItemState.limit) bytes")
            }
            return try ItemState.read(content, of: item)
        } catch {
            throw .record(error)
        }
    }

    /// What is said of an item.
    ///
    /// - Parameter isThere: whether the catalog is known, or the app installed.
    package func summary(
        of item: ScheduledItem, isThere: Bool, by schedule: Schedule, at now: Timestamp
    ) throws(ScheduleError) -> ScheduleSummary {
        let state = try state(of: item) ?? ItemState()
        // Only where somebody began is it asked whether they live.
        let isRunning = try state.startedAt == nil ? false : isLocked()
        return ScheduleSummary(
            of: item, isRunning ? state : state.settled, by: schedule, isThere: isThere, isRunning: isRunning, at: now)
    }

    private func isLocked() throws(ScheduleError) -> Bool {
        do throws(FileSystemError) {
            return try FileLock.acquire(Self.lockName, in: directory, .shared, wait: false) == nil
        } catch {
            throw .unreadable(error)
        }
    }

    // MARK: Changing

    /// Makes the caller the only one who looks.
    ///
    /// - Returns: nil where another one is at it.
    package func lock() throws(ScheduleError) -> FileLock? {
        try onStore { () throws(FileSystemError) in
            try FileLock.acquire(Self.lockName, in: directory, .exclusive, wait: false)
        }
    }

    /// - On disk: the state of `item` is replaced, durably.
    /// - Precondition: the caller holds the lock.
    package func write(_ state: ItemState, of item: ScheduledItem) throws(ScheduleError) {
        try onStore { () throws(FileSystemError) in
            try DurableFile.replace(item.file, in: directory, with: state.json(of: item).line)
        }
    }

    /// Forgets what is there no more. A power cut may bring it back, to be forgotten again.
    ///
    /// - Precondition: the caller holds the lock.
    package func forget(_ item: ScheduledItem) throws(ScheduleError) {
        try onStore { () throws(FileSystemError) in try directory.unlinkIfPresent(item.file) }
    }

    private func onStore<Value>(
        _ body: () throws(FileSystemError) -> Value
    ) throws(ScheduleError) -> Value {
        do throws(FileSystemError) { return try body() } catch { throw .unwritable(error) }
    }
}
