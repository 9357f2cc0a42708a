import DiskIO
import HostModel

/// Does the steps of a ``RecoveryPlan`` on disk. It may be killed at any point and run again.
///
/// What the steps change in the app's directory is flushed once, before the history tells of it. Until the journal goes, what
/// a power cut takes back is planned again; the removal of the journal is flushed after all else, so that what was finished is
/// never begun anew.
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
            try onDisk { () throws(FileSystemError) in try directory.move(from.path, to: directory, as: to.path) }
        case .discardSlot(let slot):
            try Trash(root: app.root).discard(slot.path, in: directory)
        case .discardOwned(let owned):
            let part = try app.root.part(owned.part)
            try Trash(root: app.root).discard(DiskPath(app.id), in: part)
            // The journal must not go before this is durable: nothing else would delete it again.
            try onDisk { () throws(FileSystemError) in try part.sync() }
        case .emptyTrash:
            try Trash(root: app.root).empty()
        case .adoptRecord:
            try onDisk { () throws(FileSystemError) in
                try directory.replace(AppFile.record, with: AppFile.nextRecord)
            }
        case .dropRecord:
            try onDisk { () throws(FileSystemError) in try directory.unlinkIfPresent(AppFile.nextRecord) }
        case .sweepSecrets:
            try app.sweepSecrets()
        case .log(let outcome):
            try onDisk { () throws(FileSystemError) in try directory.sync() }
            try log(outcome)
        case .flush:
            try onDisk { () throws(FileSystemError) in try directory.sync() }
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
        let verdict = journal.verdict(outcome)
        try history.append(
            HistoryLine(
                operation: journal.operation, sequence: journal.sequence, at: journal.at, kind: journal.kind,
                outcome: outcome, detail: journal.detail, by: journal.by,
                code: failure?.code ?? verdict.code, message: failure?.message ?? verdict.message))
    }
}
