import HostModel

/// Which entry of a catalog an operator means, or why none.
package enum EntryChoice: Sendable {
    case chosen(ListedEntry)
    case noSuchApp
    case noSuchVersion
    /// The app is there in these channels only.
    case otherChannels([String])
    /// It is there for these architectures only.
    case otherArchitectures([String])
    /// Several versions, and no order between them.
    case notComparable([BundleVersion])
    /// Several bundles claim to be the one.
    case ambiguous([ListedEntry])
    /// The catalog lists it in a way that cannot be understood.
    case unreadable([UnknownEntry])
}

extension CatalogListing {
    /// Chooses the newest bundle of an app that this host can run, or the one with a version.
    ///
    /// - Parameters:
    ///   - version: as the operator named it: that text, else what equals it as a version. It may be in any channel.
    ///   - arch: of this host.
    ///   - channels: that the operator takes.
    package func choose(
        _ id: AppID, version: BundleVersion? = nil, arch: String, channels: Set<String> = ["stable"]
    ) -> EntryChoice {
        let all = entries(of: id)
        guard !all.isEmpty else { return missing(unknown(of: id), else: .noSuchApp) }

        let wanted: [ListedEntry]
        if let version {
            wanted = Self.entries(all, with: version)
            if wanted.isEmpty {
                return missing(unknown(of: id).filter { $0.version == version }, else: .noSuchVersion)
            }
        } else {
            wanted = all.filter { channels.contains($0.entry.channel) }
            if wanted.isEmpty { return .otherChannels(Set(all.map(\.entry.channel)).sorted()) }
        }

        let runnable = wanted.filter { $0.entry.requires.arch?.contains(arch) ?? true }
        guard !runnable.isEmpty else {
            return .otherArchitectures(Set(wanted.flatMap { $0.entry.requires.arch ?? [] }).sorted())
        }
        guard let newest = Self.newest(runnable) else {
            return .notComparable(runnable.map(\.entry.version))
        }
        return Self.one(of: newest)
    }

    private func missing(_ unknown: [UnknownEntry], else choice: EntryChoice) -> EntryChoice {
        unknown.isEmpty ? choice : .unreadable(unknown)
    }

    private static func entries(_ entries: [ListedEntry], with version: BundleVersion) -> [ListedEntry] {
        let same = entries.filter { $0.entry.version == version }
        return same.isEmpty ? entries.filter { $0.entry.version.order(to: version) == .equal } : same
    }

    /// All with the highest version. One that is not comparable is taken only where there is no other.
    ///
    /// - Returns: nil where there are several versions without an order.
    private static func newest(_ entries: [ListedEntry]) -> [ListedEntry]? {
        let comparable = entries.filter(\.entry.version.isComparable)
        guard var highest = comparable.first?.entry.version else {
            return Set(entries.map(\.entry.version)).count == 1 ? entries : nil
        }
        for candidate in comparable where candidate.entry.version.order(to: highest) == .newer {
            highest = candidate.entry.version
        }
        return comparable.filter { $0.entry.version.order(to: highest) == .equal }
    }

    /// A bundle for this architecture goes before one for any. Several files of one bundle are as good as one.
    private static func one(of entries: [ListedEntry]) -> EntryChoice {
        let special = entries.filter { $0.entry.requires.arch != nil }
        let candidates = special.isEmpty ? entries : special
        guard let first = candidates.first else { return .noSuchVersion }
        let isOne = candidates.allSatisfy { $0.entry.digest == first.entry.digest }
        return isOne ? .chosen(first) : .ambiguous(candidates)
    }
}
