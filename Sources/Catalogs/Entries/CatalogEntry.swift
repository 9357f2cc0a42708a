import HostModel

/// What a catalog says of one bundle. It is a claim by the catalog's keepers, held against the bundle at install.
package struct CatalogEntry: Sendable {
    package var id: AppID
    package var name: String
    package var version: BundleVersion
    /// The bundle's digest, which does not depend on how it was packed.
    package var digest: ContentDigest
    package var summary: String?
    /// In the grammar of an app id.
    package var channel = "stable"
    package var publishedAt: Timestamp?
    /// In the grammar of an app id, none twice.
    package var permissions: [String] = []
    /// Of permissions that are listed.
    package var permissionRationale: [String: String] = [:]
    package var environment: [Variable] = []
    /// One of ``transports``.
    package var transport: String?
    package var permissionProfile: String?
    package var changelog: Changelog?
    package var requires = Requirements()
    package var review: Review?
    /// DSSE envelopes as they are listed. Nothing of them was looked at.
    package var receipts: [JSONValue] = []
    package var deprecation = Deprecation()
    package var advisories: [Advisory] = []

    package init(id: AppID, name: String, version: BundleVersion, digest: ContentDigest) {
        self.id = id
        self.name = name
        self.version = version
        self.digest = digest
    }

    package static let schema: Int64 = 1

    /// What a manifest may say too.
    package static let transports = ["none", "stdio", "http", "sse", "streamable-http"]

    package struct Variable: Sendable, Equatable {
        package var name: String
        package var description: String?
        package var required: Bool
        package var secret: Bool
        package var defaultValue: String?

        package init(
            name: String, description: String? = nil, required: Bool = false, secret: Bool = false,
            defaultValue: String? = nil
        ) {
            self.name = name
            self.description = description
            self.required = required
            self.secret = secret
            self.defaultValue = defaultValue
        }
    }

    package struct Changelog: Sendable, Equatable {
        package var summary: String?
        /// `https:` or `http:`; for people, never fetched.
        package var url: String?

        package init(summary: String? = nil, url: String? = nil) {
            self.summary = summary
            self.url = url
        }
    }

    package struct Requirements: Sendable, Equatable {
        /// Comparable.
        package var apphost: BundleVersion?
        /// Nil for any.
        package var arch: [String]?

        package init(apphost: BundleVersion? = nil, arch: [String]? = nil) {
            self.apphost = apphost
            self.arch = arch
        }
    }

    /// The publisher's own claim, and no more.
    package struct Review: Sendable, Equatable {
        package enum Status: String, Sendable, CaseIterable {
            case unreviewed, submitted, reviewed, caution, rejected, resubmitted
            case preReviewPassed = "pre_review_passed"
        }
        package var status: Status
        package var note: String?

        package init(status: Status, note: String? = nil) {
            self.status = status
            self.note = note
        }
    }

    package struct Deprecation: Sendable, Equatable {
        package enum Status: String, Sendable, CaseIterable { case none, deprecated }
        package var status: Status
        package var message: String?
        /// The app that takes its place.
        package var replacement: AppID?

        package init(status: Status = .none, message: String? = nil, replacement: AppID? = nil) {
            self.status = status
            self.message = message
            self.replacement = replacement
        }
    }

    package struct Advisory: Sendable, Equatable {
        package enum Severity: String, Sendable, CaseIterable { case low, medium, high, critical }
        package var id: String
        package var severity: Severity
        package var summary: String?
        /// `https:` or `http:`; for people, never fetched.
        package var url: String?

        package init(id: String, severity: Severity, summary: String? = nil, url: String? = nil) {
            self.id = id
            self.severity = severity
            self.summary = summary
            self.url = url
        }
    }
}
