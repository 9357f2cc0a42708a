import Archives
import DiskIO
import HostModel
import Signatures
@_spi(Verified) import Storage
import Synchronization

/// Verifies a tree that lies in a slot again: who vouches for it, and every byte, mode and name.
package struct SlotVerifier {
    let policy: AcceptancePolicy
    let files: any FileSystem
    private let cancellation: Cancellation

    /// - Parameter policy: its standing says whether today's rules for new bundles count, or those for installed ones.
    package init(policy: AcceptancePolicy, files: any FileSystem, cancellation: Cancellation) {
        self.policy = policy
        self.files = files
        self.cancellation = cancellation
    }

    /// Looks at everything and names what is wrong, at most ``SlotReport/problemLimit`` things, damage among them where
    /// there is any.
    ///
    /// - Parameter progress: told the bytes that were hashed so far.
    /// - Throws: ``Interrupted``, or a disk error that may pass; one that says that the tree cannot be read is a problem of it.
    package func verify(
        _ slot: SlotTree, app: AppID, contentOnly: Bool = false, progress: @escaping (Int64) -> Void = { _ in }
    ) throws -> SlotReport {
        try begin(slot, app: app, contentOnly: contentOnly, progress: progress).finish()
    }

    /// Verifies the sidecars now, and the rest as the walk goes on.
    ///
    /// - Parameter contentOnly: whether it is only asked if the tree is whole, whoever vouches for it now.
    package func begin(
        _ slot: SlotTree, app: AppID, contentOnly: Bool = false, progress: @escaping (Int64) -> Void = { _ in }
    ) throws -> SlotWalk {
        var policy = policy
        policy.app = app
        let stream = DirectoryEntryStream(slot.tree, inSlot: true)
        let walk = SlotWalk(slot, cancellation: cancellation, progress: progress)
        stream.onDirectory = { [problems = walk.problems] path, mode in
            if mode != 0o555 { problems.add(path, "has the mode \(octal(mode)), not 0555", .mode) }
        }
        do {
            let mode = try slot.tree.status().mode
            if mode != 0o555 { walk.problems.add([], "has the mode \(octal(mode)), not 0555", .mode) }
            let receipt = try slot.receipt()
            policy.acceptsUnsigned = policy.acceptsUnsigned && receipt.unsigned
            try checkSidecarModes(slot, walk.problems)
            let verifier = BundleVerifier(policy: policy, files: files)
            let bundle = try contentOnly ? verifier.inspect(stream).0 : verifier.verify(stream)
            guard bundle.digest == receipt.digest else {
                throw BundleError.inconsistent("its receipt is for another bundle")
            }
            try walk.enter(bundle, receipt, stream)
        } catch let failure as any Failure where failure.isDamage {
            walk.cause = failure
        }
        return walk
    }

    /// The inventory lists the modes of everything else.
    private func checkSidecarModes(_ slot: SlotTree, _ problems: Problems) throws {
        let names = ["manifest.json", "inventory.jsonl", "signatures.json", "receipt.json"]
        let sidecars = try slot.tree.directory("apphost")
        for name in names {
            guard let status = try sidecars.status(of: DiskPath(name)), status.mode != 0o444 else { continue }
            problems.add(Array("apphost/\(name)".utf8), "has the mode \(octal(status.mode)), not 0444", .mode)
        }
    }
}

/// The verification of one slot while it goes on, in the order of paths. An update goes along with it, so that the files
/// which it shares are read only once.
package final class SlotWalk {
    private let slot: SlotTree
    private let cancellation: Cancellation
    private let progress: (Int64) -> Void
    fileprivate let problems = Problems()
    fileprivate var cause: (any Failure)?
    private var bundle: SlotReport.Bundle?
    private var tree: TreeReadAhead?
    private var merge: InventoryMerge?
    private var pending: InventoryMerge.Step?
    private var verified: Int64 = 0

    fileprivate init(_ slot: SlotTree, cancellation: Cancellation, progress: @escaping (Int64) -> Void) {
        self.slot = slot
        self.cancellation = cancellation
        self.progress = progress
    }

    /// - Parameter stream: stands behind the sidecars; goes on on another thread, and nowhere else.
    fileprivate func enter(_ bundle: VerifiedBundle, _ receipt: Receipt, _ stream: DirectoryEntryStream) throws {
        let tree = TreeReadAhead(stream, listedIn: bundle.sidecars.inventory)
        self.tree = tree
        merge = try InventoryMerge(bundle.sidecars.inventory, tree)
        self.bundle = SlotReport.Bundle(
            receipt: receipt, manifest: bundle.manifest, vouching: bundle.vouching, bytes: bundle.bytes)
    }

    /// Goes on to `listed`, verifying what lies before it.
    ///
    /// - Returns: the file there, where it is listed exactly so, and has that content and the mode that it has in a slot.
    func file(listedAs listed: InventoryEntry) throws -> File? {
        while let step = try next() {
            switch step {
            case .match(let own, _) where own.path > listed.path, .missing(let own) where own.path > listed.path:
                pending = step
                return nil
            case .match(let own, let entry) where own == listed && entry.mode == own.slotMode:
                pending = nil
                return try compare(own, entry) ? tree?.file : nil
            default:
                pending = nil
                try look(at: step)
            }
        }
        return nil
    }

    /// Verifies the rest.
    package func finish() throws -> SlotReport {
        while let step = try next() {
            pending = nil
            try look(at: step)
        }
        var found = problems.found
        if let cause { found = [.init(path: "", what: cause.message, nature: .damage)] }
        return SlotReport(slot: slot.slot, problems: found, cause: cause, bundle: cause == nil ? bundle : nil)
    }

    /// The step that is pending, or the next; nil at the end, and where the tree cannot be read on.
    private func next() throws -> InventoryMerge.Step? {
        if let pending { return pending }
        do { return try merge?.next() } catch let failure as any Failure where failure.isDamage {
            cause = failure
            merge = nil
            return nil
        }
    }

    private func look(at step: InventoryMerge.Step) throws {
        try cancellation.check()
        switch step {
        case .missing(let listed):
            if listed.kind == .directory, try isThere(listed.path) { return }
            problems.add(listed.path.bytes, "is missing", .damage)
        case .unexpected(let entry): problems.add(entry.name, "is not in the inventory", .extra)
        case .match(let listed, let entry): _ = try compare(listed, entry)
        }
    }

    /// Whether a directory that has no entry is there all the same: one that is not empty has none, but what is in it has.
    private func isThere(_ directory: RelativePath) throws -> Bool {
        do { _ = try slot.tree.directory(DiskPath(directory)) } catch let failure as any Failure where failure.isDamage
        {
            return false
        }
        return true
    }

    /// - Returns: whether the content is as listed.
    private func compare(_ listed: InventoryEntry, _ entry: ArchiveEntry) throws -> Bool {
        let path = listed.path.bytes
        if let problem = EntryPolicy.problem(of: entry, listedAs: listed.kind) {
            problems.add(path, problem, entry.hasKind(of: listed) ? .mode : .damage)
            return false
        }
        guard case .file(let size, _, let sha256) = listed.kind, let merge else { return true }
        if let mode = listed.slotMode, entry.mode != mode {
            problems.add(path, "has the mode \(octal(entry.mode)), not \(octal(mode))", .mode)
        }
        let isSound = try merge.stream.contentDigest() == sha256
        if !isSound { problems.add(path, "has another content than the inventory lists", .damage) }
        verified += size
        progress(verified)
        return isSound
    }
}

/// What was found in one slot.
package struct SlotReport: Sendable {
    package let slot: Slot
    package let problems: [Problem]
    /// Why the sidecars do not verify, where they do not.
    package let cause: (any Failure)?
    /// Nil where the sidecars do not verify.
    package let bundle: Bundle?

    package static let problemLimit = 100

    package struct Problem: Sendable, Equatable {
        /// Below the slot; empty for the slot itself.
        package let path: String
        package let what: String
        package let nature: Nature
    }

    package enum Nature: Sendable {
        /// Something that is not listed.
        case extra
        /// A listed thing that may be as it should, but for its mode.
        case mode
        case damage
    }

    package struct Bundle: Sendable {
        package let receipt: Receipt
        package let manifest: Manifest
        package let vouching: Vouching?
        package let bytes: Int64
    }

    package var isSound: Bool { problems.isEmpty }

    /// The first thing that no other tree with the same files would be without.
    package var damage: Problem? { problems.first { $0.nature == .damage } }

    /// Whether a tree that is made of its own listed files would be sound, as far as was looked.
    package var canBeRebuilt: Bool { !isSound && damage == nil }

    /// The bundle as one that can be swapped again.
    ///
    /// - Returns: nil where anything is wrong with it.
    package func candidate(for id: AppID) -> SlotCandidate? {
        guard isSound, let bundle else { return nil }
        return SlotCandidate(id: id, slot: slot, receipt: bundle.receipt)
    }
}

/// A bundle in a slot that was found sound. A value, unlike the ``StagedBundle`` that it makes.
package struct SlotCandidate: Sendable {
    package let id: AppID
    package let slot: Slot
    package let receipt: Receipt

    fileprivate init(id: AppID, slot: Slot, receipt: Receipt) {
        self.id = id
        self.slot = slot
        self.receipt = receipt
    }

    package func bundle() -> StagedBundle { StagedBundle(VerificationProof(), id: id, in: slot, receipt: receipt) }
}

/// Problems as they are found: directories by the thread that reads the tree, everything else by the one that compares.
private final class Problems: Sendable {
    private let problems = Mutex<[SlotReport.Problem]>([])

    var found: [SlotReport.Problem] { problems.withLock { $0 } }

    func add(_ path: [UInt8], _ what: String, _ nature: SlotReport.Nature) {
        problems.withLock { found in
            if found.count == SlotReport.problemLimit {
                // Whether a tree can be rebuilt is told by damage, of which there is one in any case.
                guard nature == .damage, !found.contains(where: { $0.nature == .damage }) else { return }
                found.removeLast()
            }
            found.append(.init(path: String(decoding: path, as: UTF8.self), what: what, nature: nature))
        }
    }
}

extension ArchiveEntry {
    /// Whether it is the kind of thing that is listed; a file of the same size. What is wrong with it then is its mode.
    fileprivate func hasKind(of listed: InventoryEntry) -> Bool {
        switch (listed.kind, kind) {
        case (.file(let size, _, _), .file(let found)): size == found
        case (.directory, .directory): true
        default: false
        }
    }
}

extension InventoryEntry {
    /// The mode that a listed file has in a slot; nil for what is no file.
    var slotMode: UInt32? {
        if case .file(_, let isExecutable, _) = kind { isExecutable ? 0o555 : 0o444 } else { nil }
    }
}

private func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
