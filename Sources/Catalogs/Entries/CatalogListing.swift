import HostModel
import Signatures

/// What a verified catalog lists: everything, or what there is of one app.
package struct CatalogListing: Sendable {
    /// In the order of their paths.
    package let entries: [ListedEntry]
    /// What is listed and cannot be used. It hides nothing else.
    package let unknown: [UnknownEntry]

    package init(entries: [ListedEntry], unknown: [UnknownEntry] = []) {
        self.entries = entries
        self.unknown = unknown
    }

    /// Files outside `apps/` that say nothing of an app are somebody else's, and left out.
    package init(_ targets: AllTargets) { self.init(targets.files) }

    /// What is listed of one app. Nothing that is listed of others is even read: of 10,000 entries a few matter.
    package init(_ targets: AllTargets, of id: AppID) {
        // No entry stands elsewhere, see `CatalogEntry.read`, and what is unknown belongs to no app elsewhere.
        let place = Array("apps/\(id)/".utf8)
        let below = CatalogListing(targets.files.filter { $0.file.path.bytes.starts(with: place) })
        self.init(entries: below.entries, unknown: below.unknown(of: id))
    }

    private init(_ files: [FoundTarget]) {
        var entries: [ListedEntry] = []
        var unknown: [UnknownEntry] = []
        for target in files {
            switch Self.read(target) {
            case .entry(let entry): entries.append(entry)
            case .unknown(let entry): unknown.append(entry)
            case .notOurs: break
            }
        }
        self.init(entries: entries, unknown: unknown)
    }

    /// Whether nothing is listed, not even what cannot be used.
    package var isEmpty: Bool { entries.isEmpty && unknown.isEmpty }

    package func entries(of id: AppID) -> [ListedEntry] { entries.filter { $0.entry.id == id } }

    package func unknown(of id: AppID) -> [UnknownEntry] { unknown.filter { $0.id == id } }

    private enum Reading {
        case entry(ListedEntry)
        case unknown(UnknownEntry)
        case notOurs
    }

    private static func read(_ target: FoundTarget) -> Reading {
        let path = target.file.path
        guard let custom = target.file.custom, let apphost = custom.apphost else {
            let isOurs = path.components.first?.elementsEqual("apps".utf8) == true
            return isOurs ? .unknown(UnknownEntry(path, .notABundle)) : .notOurs
        }
        guard let sha256 = target.file.hashes.sha256 else {
            let error = RecordError(file: path.description, problem: "it is listed without a SHA-256")
            return .unknown(UnknownEntry(path, .invalid(error)))
        }
        do throws(RecordError) {
            let entry = try CatalogEntry.read(custom: custom, path: path)
            let artifact = CatalogArtifact(place: target.place, length: target.file.length, sha256: sha256)
            return .entry(ListedEntry(entry, path: path, artifact: artifact, said: apphost))
        } catch {
            return .unknown(UnknownEntry(path, .invalid(error)))
        }
    }
}

/// An entry, where it is listed, and the file it is about.
package struct ListedEntry: Sendable {
    package let entry: CatalogEntry
    package let path: RelativePath
    package let artifact: CatalogArtifact
    private let said: JSONValue

    /// - Parameter said: the object that `entry` was read from, whole.
    package init(_ entry: CatalogEntry, path: RelativePath, artifact: CatalogArtifact, said: JSONValue) {
        self.entry = entry
        self.path = path
        self.artifact = artifact
        self.said = said
    }

    /// Of everything that the catalog says here: equal means that nothing of it changed. Computed whenever it is asked
    /// for, as hardly ever one is.
    package var fingerprint: ContentDigest {
        let all: JSONValue = [
            "path": path, "length": artifact.length, "sha256": artifact.sha256, "apphost": said,
        ]
        return DigestStream.digest(of: CanonicalJSON.bytes(all))
    }
}

/// The file that holds a bundle.
package struct CatalogArtifact: Sendable, Equatable {
    /// Below the catalog's `targets/`, name by name, not encoded.
    package let place: [String]
    /// In bytes.
    package let length: Int64
    package let sha256: ContentDigest

    package init(place: [String], length: Int64, sha256: ContentDigest) {
        self.place = place
        self.length = length
        self.sha256 = sha256
    }
}

/// A listed file of which no bundle can be made out.
package struct UnknownEntry: Sendable {
    package let path: RelativePath
    /// As its path says; nil where that is none of an entry.
    package let id: AppID?
    package let version: BundleVersion?
    package let reason: Reason

    package enum Reason: Sendable {
        /// `entry_not_a_bundle`: the catalog says nothing about it.
        case notABundle
        /// `entry_invalid`: what the catalog says cannot be understood, or only by a newer apphost.
        case invalid(RecordError)
    }

    package init(_ path: RelativePath, _ reason: Reason) {
        self.path = path
        self.reason = reason
        let parts = path.components.map { String(decoding: $0, as: UTF8.self) }
        let isPlace = parts.count == 4 && parts[0] == "apps"
        id = isPlace ? AppID(parts[1]) : nil
        version = isPlace ? BundleVersion(parts[2]) : nil
    }

    /// `entry_not_a_bundle` or `entry_invalid`.
    package var problemCode: FailureCode {
        switch reason {
        case .notABundle: .entryNotABundle
        case .invalid: .entryInvalid
        }
    }

    /// A sentence for people.
    package var problem: String {
        switch reason {
        case .notABundle: "the catalog does not say which bundle \(quoted(path.description)) is"
        case .invalid(let error): error.message
        }
    }
}

extension JSONValue {
    /// - Returns: nil where it is no object, or says nothing under `apphost`.
    fileprivate var apphost: JSONValue? {
        guard case .object(let members) = self else { return nil }
        let value = members.first { $0.key.utf8.elementsEqual("apphost".utf8) }?.value
        if case .null? = value { return nil }
        return value
    }
}
