import HostModel
import Storage

/// The questions in words, the same whether a bundle raises them or what a catalog says of it. Nil where there is none.
extension ConsentQuestion {
    static func permissions(adding added: [String]) -> ConsentQuestion? {
        guard !added.isEmpty else { return nil }
        return ConsentQuestion(consent: .permissions, text: "it asks for more: \(added.joined(separator: ", "))")
    }

    static func posture(_ drift: ConfigurationDrift) -> ConsentQuestion? {
        var changes: [String] = []
        if let change = drift.transport { changes.append("transport from \(change.from) to \(change.to)") }
        if let change = drift.permissionProfile {
            changes.append("permission profile from \(change.from) to \(change.to)")
        }
        guard !changes.isEmpty else { return nil }
        return ConsentQuestion(consent: .posture, text: "it changes its \(changes.joined(separator: " and "))")
    }

    /// - Parameter catalog: where the app did not come from.
    package static func publisher(movingTo catalog: AppID) -> ConsentQuestion {
        ConsentQuestion(consent: .publisher, text: "it comes from another catalog, \(quoted(catalog.text))")
    }

    static func knownBad(_ digest: ContentDigest, among bad: [AppRecord.KnownBad]) -> ConsentQuestion? {
        guard let bad = bad.first(where: { $0.digest == digest }) else { return nil }
        return ConsentQuestion(consent: .knownBad, text: "it was left before as bad (\(printable(bad.reason)))")
    }

    /// - Parameter installed: nil where that cannot be read.
    static func downgrade(to candidate: BundleVersion, from installed: BundleVersion?) -> ConsentQuestion? {
        guard let installed else {
            return ConsentQuestion(consent: .downgrade, text: "the version of what is installed cannot be read")
        }
        let text: String
        switch candidate.order(to: installed) {
        case .newer: return nil
        case .older: text = "it is older (\(candidate)) than what is installed (\(installed))"
        case .equal: text = "it is another bundle of the same version (\(candidate))"
        case nil: text = "its version (\(candidate)) cannot be compared with \(installed)"
        }
        return ConsentQuestion(consent: .downgrade, text: text)
    }
}
