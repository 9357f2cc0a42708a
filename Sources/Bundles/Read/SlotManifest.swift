import DiskIO
import HostModel
import Signatures
import Storage

extension SlotTree {
    /// The digest of the inventory that lies there, and its first line. Nothing vouches for either.
    package func inventory() throws -> (digest: ContentDigest, header: InventoryHeader) {
        let file = try tree.file(DiskPath(InventoryReader.path))
        guard let bytes = try file.content(limit: Int(InventoryReader.limit)) else {
            throw BundleError.sidecarTooLong(InventoryReader.path, limit: InventoryReader.limit)
        }
        return (DigestStream.digest(of: bytes), try InventoryReader(file).header)
    }

    /// What the tree in this slot says it is. Not verified again: for showing, and for comparing before a decision that
    /// verification follows.
    package func manifest() throws -> Manifest {
        let file = try tree.file(DiskPath(Manifest.path))
        guard let bytes = try file.content(limit: Manifest.limit) else {
            throw RecordError(
                file: "\(slot.name)/\(Manifest.path)", problem: "it is longer than \(Manifest.limit) bytes")
        }
        return try Manifest.read(bytes)
    }
}
