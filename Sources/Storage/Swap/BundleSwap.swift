import DiskIO
import HostModel

/// Makes a staged bundle the one in its slot, in one step that no reader can observe halfway.
///
/// | step | on disk |
/// |---|---|
/// | 1 | `record.json.new` if the record changes; values of its new secrets; `journal.json` |
/// | 2 | the candidate → `backup/` |
/// | 3 | `backup/` ⇄ the slot: **the point of no return** |
/// | 4–7 | what ``RecoveryPlan/settle(_:sequence:names:)`` says |
///
/// Cost: constant, whatever the bundle's size, but for deleting what went to the trash.
/// Source: renameat2(2), `RENAME_EXCHANGE`; fsync(2), where a power cut could tell the difference (`docs/reliability.md`).
struct BundleSwap {
    let app: LockedApp
    let journal: Journal
    let swap: SwapIntent
    /// The candidate, where it lies in `staging/<id>/`; nil where it comes from a slot.
    let staged: Directory?
    let successor: AppRecord?
    /// Of the secrets that only `successor` names.
    let values: [SecretFile: SecretValue]

    /// - Throws: before the point of no return any error, after everything was put back; after it
    ///   ``StorageError/unsettled(_:_:)`` alone.
    func run() throws(StorageError) {
        do throws(StorageError) {
            try announce()
            try takeAside()
            try exchange()
        } catch {
            try putBack(after: error)
        }
        do throws(StorageError) {
            // Who looks here after a power cut must see the exchange, or the journal would settle what never was.
            try onDisk { () throws(FileSystemError) in try app.directory.sync() }
            let names = try app.names()
            try RecoveryRun(app: app, journal: journal)
                .perform(RecoveryPlan.settle(swap, sequence: journal.sequence, names: names))
        } catch {
            throw .unsettled(app.id, error)
        }
    }

    /// Step 1.
    private func announce() throws(StorageError) {
        let secrets = try values.isEmpty ? nil : SecretPlace(app: app.id, part: app.root.part(.secrets))
        try onDisk { () throws(FileSystemError) in
            if let successor {
                try DurableFile.write(
                    successor.json.line, to: AppFile.nextRecord, in: app.directory, mode: 0o600)
                if let secrets {
                    // Values that a power cut kept without the record that names them would never be swept.
                    try app.directory.sync()
                    try secrets.write(values)
                }
            }
            try DurableFile.replace(AppFile.journal, in: app.directory, with: journal.json.line)
        }
    }

    /// Step 2.
    private func takeAside() throws(StorageError) {
        let from = try swap.from == nil ? app.root.part(.staging) : app.directory
        let name = swap.from?.path ?? DiskPath(app.id)
        try onDisk { () throws(FileSystemError) in try from.move(name, to: app.directory, as: Slot.backup.path) }
        guard let staged else { return }
        // What was verified is the open directory. Somebody may have put another thing under its name since.
        let isVerified = try onDisk { () throws(FileSystemError) in
            try app.directory.status(of: Slot.backup.path)?.isSameFile(as: staged.status()) == true
        }
        guard isVerified else { throw .candidateChanged(app.id) }
        try onDisk { () throws(FileSystemError) in
            // A directory can change its parent only while it is writable, so a staged root gets its mode here.
            let root = try app.directory.directory(Slot.backup.path)
            try root.setMode(0o555)
            try root.sync()
            // Before the exchange makes the tree's new name durable: a tree must never have two.
            try from.sync()
        }
    }

    /// Step 3.
    private func exchange() throws(StorageError) {
        do throws(FileSystemError) {
            if try app.directory.status(of: swap.slot.path) == nil {
                try app.directory.move(Slot.backup.path, to: app.directory, as: swap.slot.path)
            } else {
                try app.directory.exchange(Slot.backup.path, with: swap.slot.path)
            }
        } catch {
            if error.isUnsupported {
                throw .fileSystemUnsupported(
                    path: app.directory.path,
                    lacks: "cannot exchange these two directories; is one of them in a container's image layer?")
            }
            throw .disk(error)
        }
    }

    /// Undoes what was begun, by the words of recovery, and throws the error that made it necessary.
    private func putBack(after error: StorageError) throws(StorageError) -> Never {
        do throws(StorageError) {
            guard try app.reading.journal() != nil else {
                // Not even announced: the operation never was.
                if !values.isEmpty {
                    try app.sweepSecrets()
                    try Trash(root: app.root).empty()
                }
                try onDisk { () throws(FileSystemError) in try app.directory.unlinkIfPresent(AppFile.nextRecord) }
                throw error
            }
            var run = RecoveryRun(app: app, journal: journal)
            run.failure = (error.code.rawValue, error.message)
            try run.perform(RecoveryPlan.undo(swap, names: try app.names(), outcome: .failed))
        } catch let second {
            // The first error says what is wrong. What could not be put back now, the next command puts back: the journal
            // stands until then, and the installed bundle was never touched.
            _ = second
            throw error
        }
        throw error
    }
}
