import Archives
import DiskIO
import HostModel
import Signatures
@_spi(Verified) import Storage

/// Verifies a tree that lies in a slot again: who vouches for it, and every byte, mode and name.
package struct SlotVerifier {
    private let policy: AcceptancePolicy
    private let files: any FileSystem
    private let cancellation: Cancellation

    /// - Parameter policy: its standing says whether today's rules for new bundles count, or those for installed ones.
    package init(policy: AcceptancePolicy, files: any FileSystem, cancellation: Cancellation) {
        self.policy = policy
        self.files = files
        self.cancellation = cancellation
    }

    /// Looks at everything and names what is wrong, at most ``problemLimit`` things.
    ///
    /// - Parameter progress: told the bytes that were hashed so far.
    /// - Returns: a report; its bundle is nil where the sidecars themselves do not verify.
    /// - Throws: ``Interrupted`` or a disk error.
    package func verify(
        _ slot: SlotTree, app: AppID, progress: @escaping (Int64) -> Void = { _ in }
    ) throws -> SlotReport {
        var policy = policy
        policy.app = app
        let stream = DirectoryEntryStream(slot.tree, inSlot: true)
        let problems = Problems()
        stream.onDirectory = { _, path, mode in
            if mode != 0o555 { problems.add(path, "has the mode \(octal(mode)), not 0555") }
        }
        let receipt: Receipt
        let bundle: VerifiedBundle
        do {
            if try slot.tree.status().mode != 0o555 { problems.add([], "has not the mode 0555") }
            receipt = try slot.receipt()
            policy.acceptsUnsigned = policy.acceptsUnsigned && receipt.unsigned
            bundle = try BundleVerifier(policy: policy, files: files).verify(stream)
            guard bundle.digest == receipt.digest else {
                throw BundleError.inconsistent("its receipt is for another bundle")
            }
        } catch let failure as any Failure where failure.code != .interrupted {
            return SlotReport(slot: slot.slot, problems: [.init(path: "", what: failure.message)], cause: failure, bundle: nil)
        }
        var visitor = SlotVisitor(problems: problems, progress: progress, cancellation: cancellation)
        try InventoryMerge.run(bundle.sidecars.inventory, stream, &visitor)
        return SlotReport(
            slot: slot.slot, problems: problems.found, cause: nil,
            bundle: SlotReport.Bundle(
                receipt: receipt, manifest: bundle.manifest, vouching: bundle.vouching, bytes: bundle.bytes))
    }

    package static let problemLimit = 100
}

/// What ``SlotVerifier`` found.
package struct SlotReport: Sendable {
    package let slot: Slot
    package let problems: [Problem]
    /// Why the sidecars do not verify, where they do not.
    package let cause: (any Failure)?
    /// Nil where the sidecars do not verify.
    package let bundle: Bundle?

    package struct Problem: Sendable, Equatable {
        /// Below the slot; empty for the slot itself.
        package let path: String
        package let what: String
    }

    package struct Bundle: Sendable {
        package let receipt: Receipt
        package let manifest: Manifest
        package let vouching: Vouching?
        package let bytes: Int64
    }

    package var isSound: Bool { problems.isEmpty }

    /// The bundle as one that can be swapped again.
    ///
    /// - Returns: nil where anything is wrong with it.
    package func candidate(for id: AppID) -> SlotCandidate? {
        guard isSound, let bundle else { return nil }
        return SlotCandidate(id: id, slot: slot, receipt: bundle.receipt)
    }
}

/// A bundle in a slot that was found sound. A value, unlike the ``StagedBundle`` that it makes once.
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

private struct SlotVisitor: InventoryMerge.Visitor {
    let problems: Problems
    let progress: (Int64) -> Void
    let cancellation: Cancellation
    private var digest = DigestStreamBox()
    private var verified: Int64 = 0

    init(problems: Problems, progress: @escaping (Int64) -> Void, cancellation: Cancellation) {
        self.problems = problems
        self.progress = progress
        self.cancellation = cancellation
    }

    mutating func match(_ listed: InventoryEntry, _ entry: ArchiveEntry, _ stream: any EntryStream) throws {
        try cancellation.check()
        let path = listed.path.bytes
        if let problem = EntryPolicy.problem(of: entry, listedAs: listed.kind) { return problems.add(path, problem) }
        guard case .file(let size, let isExecutable, let sha256) = listed.kind else { return }
        let mode: UInt32 = isExecutable ? 0o555 : 0o444
        if entry.mode != mode { problems.add(path, "has the mode \(octal(entry.mode)), not \(octal(mode))") }
        while try stream.withNextPiece({ piece in
            digest.stream.update(piece)
            try cancellation.check()
        }) {}
        if digest.stream.finishAndReset() != sha256 { problems.add(path, "has another content than the inventory lists") }
        verified += size
        progress(verified)
    }

    func missing(_ listed: InventoryEntry) { problems.add(listed.path.bytes, "is missing") }

    func unexpected(_ entry: ArchiveEntry) { problems.add(entry.name, "is not in the inventory") }
}

private final class DigestStreamBox {
    var stream = DigestStream()
}

/// Problems as they are found, from several callbacks of one thread.
private final class Problems {
    private(set) var found: [SlotReport.Problem] = []

    func add(_ path: [UInt8], _ what: String) {
        guard found.count < SlotVerifier.problemLimit else { return }
        found.append(.init(path: String(decoding: path, as: UTF8.self), what: what))
    }
}

private func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
