import Catalogs
import HostModel
import Storage

/// Whether a catalog still lists a staged bundle as it did when that was staged. Pure.
struct StagedStanding {
    /// Of what is staged.
    let receipt: Receipt
    let version: BundleVersion
    /// Of the catalog that it came from, as it was last verified.
    let listing: CatalogListing

    /// - Throws: ``HostError/candidateChanged(_:reason:)``.
    func listed(for id: AppID, in catalog: AppID) throws(HostError) -> ListedEntry {
        let entries = listing.entries(of: id)
        let same = entries.first { $0.fingerprint == receipt.entry && $0.entry.digest == receipt.digest }
        if let same { return same }
        let name = quoted(catalog.text)
        let reason: String
        if entries.contains(where: { $0.entry.digest == receipt.digest }) {
            reason = "what the catalog \(name) says of \(version) changed since it was staged"
        } else if entries.contains(where: { $0.entry.version == version }) {
            reason = "the catalog \(name) lists another bundle as \(version) now"
        } else {
            reason = "the catalog \(name) does not list \(version) any more"
        }
        throw .candidateChanged(id, reason: reason)
    }

    /// What the host would get today, where that is newer than what is staged.
    func newer(of id: AppID, on platform: Platform, in channels: Set<String>) -> BundleVersion? {
        guard case .chosen(let newest) = listing.choose(id, arch: platform.arch, channels: channels),
            newest.entry.version.order(to: version) == .newer
        else { return nil }
        return newest.entry.version
    }
}
