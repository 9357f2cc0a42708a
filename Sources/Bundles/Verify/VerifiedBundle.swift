import DiskIO
import HostModel
import Signatures
@_spi(Verified) import Storage

/// A bundle whose sidecars were verified: who vouches for it, what it lists, what it is. Its payload is still unread; the
/// stream stands before it.
package final class VerifiedBundle {
    /// SHA-256 of the inventory, by which a bundle is known.
    package let digest: ContentDigest
    package let manifest: Manifest
    package let summary: InventorySummary
    /// Who vouches for it; nil where it was accepted unsigned.
    package let vouching: Vouching?
    /// The verified bytes of the two sidecars that the inventory does not list, and of the manifest.
    let sidecars: Sidecars
    let payload: any HashedEntryStream

    struct Sidecars {
        let signatures: [UInt8]?
        /// Without a name, in memory: it is read several times, and belongs to no place yet.
        let inventory: File
        let manifest: [UInt8]
    }

    init(
        digest: ContentDigest, manifest: Manifest, summary: InventorySummary, vouching: Vouching?, sidecars: Sidecars,
        payload: any HashedEntryStream
    ) {
        self.digest = digest
        self.manifest = manifest
        self.summary = summary
        self.vouching = vouching
        self.sidecars = sidecars
        self.payload = payload
    }

    package var app: AppID { manifest.id }
    package var version: BundleVersion { manifest.version }

    /// Bytes that its files have, unpacked.
    package var bytes: Int64 { summary.bytes }

    /// Room that unpacking needs at most, in bytes: each file may need one block more than its content.
    package var neededBytes: Int64 {
        let sidecars = (try? self.sidecars.inventory.status().size) ?? InventoryReader.limit
        let (sum, overflow) = summary.bytes.addingReportingOverflow(summary.files * 4096 + sidecars + (64 << 10))
        return overflow ? Int64.max : sum
    }

    /// - Throws: ``BundleError/noRoom(path:needed:free:)``.
    package func checkRoom(in directory: Directory, keeping keepFree: Int64) throws {
        try directory.checkRoom(for: neededBytes, keeping: keepFree)
    }

    /// Completes a tree that holds exactly this bundle, and flushes it.
    ///
    /// - Throws: a disk error; the tree is then discarded.
    package func seal(_ unpacked: consuming UnpackedTree, receipt: Receipt) throws -> StagedBundle {
        try unpacked.tree.seal(VerificationProof(), receipt: receipt)
    }
}

extension Directory {
    /// Asks for `needed` bytes beyond `keepFree` on the file system of this directory.
    ///
    /// - Throws: ``BundleError/noRoom(path:needed:free:)``.
    package func checkRoom(for needed: Int64, keeping keepFree: Int64) throws {
        let free = max(0, try space().available - keepFree)
        guard needed <= free else { throw BundleError.noRoom(path: path, needed: needed, free: free) }
    }
}
