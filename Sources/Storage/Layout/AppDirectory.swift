import DiskIO
import HostModel

/// `apps/<id>/`, opened to be read. Reading takes no lock: a slot is opened once and read through its descriptor.
package struct AppDirectory: Sendable {
    package let id: AppID
    package let directory: Directory

    /// - Returns: nil where the slot is empty.
    package func open(_ slot: Slot) throws(StorageError) -> SlotTree? {
        let opened = try onDisk { () throws(FileSystemError) in try directory.directoryIfPresent(slot.path) }
        return opened.map { SlotTree(slot: slot, tree: $0) }
    }

    /// Whether `tree` is still what its slot leads to. A reader that finds something missing or different asks this first.
    package func stillLeads(to tree: SlotTree) throws(StorageError) -> Bool {
        try onDisk { () throws(FileSystemError) in
            guard let now = try directory.status(of: tree.slot.path) else { return false }
            return now.isSameFile(as: try tree.tree.status())
        }
    }

    /// Which tree is in each slot that is filled: the same answer twice means that nothing was swapped between.
    package func occupants() throws(StorageError) -> [Slot: UInt64] {
        var occupants: [Slot: UInt64] = [:]
        for slot in try slots() {
            let status = try onDisk { () throws(FileSystemError) in try directory.status(of: slot.path) }
            occupants[slot] = status?.inode
        }
        return occupants
    }

    /// Whether its slots are being swapped, or a kill left them so: then what they say together may never have been true.
    package func isBeingSwapped() throws(StorageError) -> Bool {
        try onDisk { () throws(FileSystemError) in try directory.status(of: AppFile.journal) } != nil
    }

    /// Every slot that is filled, `backup/` too.
    package func slots() throws(StorageError) -> [Slot] {
        try onDisk { () throws(FileSystemError) in try directory.names() }
            .compactMap { Slot(name: String(decoding: $0.bytes, as: UTF8.self)) }
    }

    /// Rollback targets behind `rollback/`, the newest first.
    package func olderSlots() throws(StorageError) -> [Slot] {
        let sequences = try slots().compactMap { slot -> Int64? in
            if case .older(let sequence) = slot { sequence } else { nil }
        }
        return sequences.sorted(by: >).map { .older(sequence: $0) }
    }

    package func record() throws(StorageError) -> AppRecord {
        guard let content = try content(of: AppFile.record, limit: AppRecord.limit) else { return AppRecord() }
        do throws(RecordError) { return try AppRecord.read(content, file: name(AppFile.record)) } catch {
            throw .record(error)
        }
    }

    package func history() throws(StorageError) -> [HistoryLine] {
        try History(directory: directory).lines()
    }

    func journal() throws(StorageError) -> Journal? {
        guard let content = try content(of: AppFile.journal, limit: Journal.limit) else { return nil }
        do throws(RecordError) { return try Journal.read(content, file: name(AppFile.journal)) } catch {
            throw .record(error)
        }
    }

    private func content(of file: DiskPath, limit: Int) throws(StorageError) -> [UInt8]? {
        let opened = try onDisk { () throws(FileSystemError) in try directory.fileIfPresent(file) }
        guard let opened else { return nil }
        guard let content = try onDisk({ () throws(FileSystemError) in try opened.content(limit: limit) }) else {
            throw .record(RecordError(file: name(file), problem: "it is longer than \(limit) bytes"))
        }
        return content
    }

    private func name(_ file: DiskPath) -> String { "apps/\(id)/\(file)" }
}

/// The tree in a slot, held open.
package struct SlotTree: Sendable {
    package let slot: Slot
    package let tree: Directory

    package static let receiptPath: DiskPath = "apphost/receipt.json"

    /// Who vouched for this copy, when, and where it came from.
    package func receipt() throws(StorageError) -> Receipt {
        let file = try onDisk { () throws(FileSystemError) in try tree.file(Self.receiptPath) }
        let content = try onDisk { () throws(FileSystemError) in try file.content(limit: Receipt.limit) }
        do throws(RecordError) {
            return try Receipt.read(content ?? [], file: "\(slot.name)/apphost/receipt.json")
        } catch {
            throw .record(error)
        }
    }
}
