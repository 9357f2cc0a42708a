import Bundles
import HostModel
import Storage

/// Everything that a check of one app is decided from.
package struct CheckInput: Sendable {
    package var app: AppID
    package var installed: Installed
    /// Nil where nothing is staged.
    package var staged: Staged?
    /// Every catalog that this host knows.
    package var catalogs: [CheckedCatalog]
    /// Where the candidate comes from: nil follows the app's source, a name leaves it.
    package var catalog: AppID?
    /// Nil for the newest.
    package var version: BundleVersion?
    package var supplied: SuppliedVariables
    package var knownBad: [AppRecord.KnownBad]
    package var policy: UpdatePolicy
    package var review: ReviewRules
    package var sightings: Sightings
    package var platform: Platform
    package var isRunning: Bool
    package var now: Timestamp

    package init(
        app: AppID, installed: Installed, staged: Staged? = nil, catalogs: [CheckedCatalog], catalog: AppID? = nil,
        version: BundleVersion? = nil, supplied: SuppliedVariables, knownBad: [AppRecord.KnownBad],
        policy: UpdatePolicy, review: ReviewRules, sightings: Sightings, platform: Platform, isRunning: Bool,
        now: Timestamp
    ) {
        self.app = app
        self.installed = installed
        self.staged = staged
        self.catalogs = catalogs
        self.catalog = catalog
        self.version = version
        self.supplied = supplied
        self.knownBad = knownBad
        self.policy = policy
        self.review = review
        self.sightings = sightings
        self.platform = platform
        self.isRunning = isRunning
        self.now = now
    }

    /// What is installed, as far as it can be read.
    package struct Installed: Sendable {
        /// Nil where it is damaged.
        package var manifest: Manifest?
        /// Of the manifest, else of the inventory.
        package var version: BundleVersion?
        package var digest: ContentDigest?
        /// As the receipt says it; nil where that is damaged.
        package var source: String?

        package init(manifest: Manifest?, version: BundleVersion?, digest: ContentDigest?, source: String?) {
            self.manifest = manifest
            self.version = version
            self.digest = digest
            self.source = source
        }
    }

    /// A candidate that waits for apply. What its own manifest says goes before what a catalog says of it.
    package struct Staged: Sendable {
        package var digest: ContentDigest
        package var manifest: Manifest

        package init(digest: ContentDigest, manifest: Manifest) {
            self.digest = digest
            self.manifest = manifest
        }
    }
}
