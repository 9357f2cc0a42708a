import DiskIO
import HostModel
import Storage

extension SlotTree {
    /// What the tree in this slot says it is. Not verified again: for showing, and for comparing before a decision that
    /// verification follows.
    package func manifest() throws -> Manifest {
        let file = try tree.file(DiskPath(Manifest.path))
        guard let bytes = try file.content(limit: Manifest.limit) else {
            throw RecordError(file: "\(slot.name)/\(Manifest.path)", problem: "it is longer than \(Manifest.limit) bytes")
        }
        return try Manifest.read(bytes)
    }
}
