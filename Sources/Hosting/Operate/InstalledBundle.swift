import Bundles
import DiskIO
import HostModel
import Signatures
import Storage
import Updates

/// What is installed, as far as it can be read: a damaged tree must not keep anybody from repairing or replacing it.
struct InstalledBundle {
    let tree: SlotTree
    /// Nil where it is damaged.
    let receipt: Receipt?
    /// Nil where it is damaged.
    let manifest: Manifest?
    /// Of the inventory that lies there; nil where that is damaged.
    private let header: InventoryHeader?
    private let inventoryDigest: ContentDigest?

    /// - Parameter slot: another one where it is asked of what lies there instead.
    /// - Returns: nil where nothing is installed.
    /// - Throws: a disk error that may pass. What cannot be understood, or never be read, is damage.
    static func read(_ app: AppDirectory?, in slot: Slot = .installed) throws -> InstalledBundle? {
        guard let tree = try app?.open(slot) else { return nil }
        let receipt = try unlessDamaged { try tree.receipt() }
        let manifest = try unlessDamaged { try tree.manifest() }
        if let receipt, let manifest {
            return InstalledBundle(
                tree: tree, receipt: receipt, manifest: manifest, header: nil, inventoryDigest: receipt.digest)
        }
        let inventory = try unlessDamaged { try tree.inventory() }
        return InstalledBundle(
            tree: tree, receipt: receipt, manifest: manifest, header: inventory?.header,
            inventoryDigest: inventory?.digest)
    }

    var digest: ContentDigest? { receipt?.digest ?? inventoryDigest }
    var version: BundleVersion? { manifest?.version ?? header?.version }

    /// False where that cannot be read any more.
    func cameFrom(_ catalog: AppID) -> Bool { origin?.catalogName == catalog }

    /// Nil where its receipt is damaged.
    var origin: BundleOrigin? { receipt.map { BundleOrigin(source: $0.source) } }

    /// What is known of a bundle whose manifest is damaged.
    func remembered(_ record: AppRecord) -> ConsentCheck.Remembered? {
        guard manifest == nil else { return nil }
        return .init(version: version, permissions: record.grants.filter { $0.state == .active }.map(\.permission))
    }
}
