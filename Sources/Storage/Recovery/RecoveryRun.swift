import DiskIO
import HostModel

/// Does the steps of a ``RecoveryPlan`` on disk. It may be killed at any point and run again.
struct RecoveryRun {
    let app: LockedApp
    let journal: Journal
    /// Why an operation failed, for its history line.
    var failure: (code: String, message: String)?

    /// - Throws: a disk error; the steps before it are done, and a new plan has the rest.
    func perform(_ steps: [RecoveryStep]) throws(StorageError) {
        for step in steps { try perform(step) }
    }

    private func perform(_ step: RecoveryStep) throws(StorageError) {
        let directory = app.directory
        switch step {
        case .move(let from, let to):
            try onDisk { () throws(FileSystemError) in
                try directory.move(from.path, to: directory, as: to.path)
                try directory.sync()
            }
        case .discardSlot(let slot):
            try Trash(root: app.root).discard(slot.path, in: directory)
        case .discardOwned(let owned):
            try Trash(root: app.root).discard(DiskPath(app.id), in: app.root.part(owned.part))
        case .emptyTrash:
            try Trash(root: app.root).empty()
        case .adoptRecord:
            try onDisk { () throws(FileSystemError) in
                try directory.replace(AppFile.record, with: AppFile.nextRecord)
                try directory.sync()
            }
        case .dropRecord:
            try onDisk { () throws(FileSystemError) in
                try directory.unlinkIfPresent(AppFile.nextRecord)
                try directory.sync()
            }
        case .log(let outcome):
            try log(outcome)
        case .clearJournal:
            try onDisk { () throws(FileSystemError) in
                try directory.unlinkIfPresent(AppFile.journal)
                try directory.sync()
            }
        }
    }

    private func log(_ outcome: HistoryLine.Outcome) throws(StorageError) {
        let history = History(directory: app.directory)
        if try history.ends(with: journal.operation) { return }
        try history.append(
            HistoryLine(
                operation: journal.operation, sequence: journal.sequence, at: journal.at, kind: journal.kind,
                outcome: outcome, detail: journal.detail, by: journal.by, code: failure?.code,
                message: failure?.message))
    }
}
