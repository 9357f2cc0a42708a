import HostModel

/// What is kept and what is lost, before it is done.
package struct ConfirmationView: Sendable {
    let form: FormKeys
    let id: String
    let name: String
    let current: String
    package let title: String
    package let keeps: [String]
    package let loses: [String]
    /// Where the form goes.
    let action: String
    let button: String
    /// For a rollback: the versions that are kept. The first is the last that was left.
    package let versions: [Version]
    let isRollback: Bool
    let isUninstall: Bool
    let running: Bool
    /// Why it cannot be done now; nil where it can.
    package let refusal: String?
    let back: String

    package struct Version: Sendable {
        package let version: String
        let isFirst: Bool
    }

    /// - Parameter detail: of `/apps/{id}`.
    package init(_ what: PagePath.Confirmation, detail: JSONValue, form: FormKeys) {
        self.form = form
        let id = detail.word("id") ?? ""
        self.id = id
        name = detail.word("name") ?? id
        current = detail.word("version") ?? "unknown"
        running = detail.flag("running")
        action = "/apps/\(id)/\(what.rawValue)"
        isRollback = what == .rollback
        isUninstall = what == .uninstall
        let kept = [detail.at("rollback")] + detail.items("older")
        var found: [String] = []
        for version in kept.compactMap({ $0.word("version") }) where !found.contains(version) { found.append(version) }
        versions = found.enumerated().map { Version(version: $0.element, isFirst: $0.offset == 0) }
        let staged = detail.at("staged").word("version")
        switch what {
        case .rollback:
            title = "Roll back \(name)"
            keeps = [
                "Its data, variables, secrets, cache and logs: none of them is touched.",
                "\(current), which is left: you can come back to it the same way.",
                "The permissions as they are now. A rollback grants none that was taken away.",
            ]
            loses = [
                "Where it goes back to an older version, \(current) is noted as bad, and no policy takes it again. "
                    + "Coming back to it ends that.",
                "What \(current) wrote to its data stays as it wrote it, and the older version has to understand it.",
            ]
            refusal = versions.isEmpty ? "There is no version to go back to." : nil
            button = "Roll back"
            back = "/apps/\(id)"
        case .uninstall:
            title = "Uninstall \(name)"
            keeps = [
                "Its data, unless you tick below that it is deleted too.", "Its history.",
            ]
            loses = [
                "Every bundle of it: what is installed, what is staged, and what could be rolled back to.",
                "Its variables, secrets, permissions, policy, cache and logs. They cannot be had again.",
            ]
            refusal = running ? "It is running. Stop it first." : nil
            button = "Uninstall"
            back = "/apps/\(id)"
        case .unstage:
            title = "Discard what is staged for \(name)"
            keeps = ["\(current), which is installed, with everything of it."]
            loses = ["\(staged ?? "What is staged"), which was verified and put aside. It has to be fetched again."]
            refusal = staged == nil ? "Nothing is staged." : nil
            button = "Discard"
            back = "/apps/\(id)/review"
        }
    }

    /// Before a catalog is forgotten.
    ///
    /// - Parameter catalog: of `/app-catalogs/{catalog}`.
    package init(catalog: JSONValue, form: FormKeys) {
        self.form = form
        id = catalog.word("name") ?? ""
        name = id
        current = ""
        running = false
        isRollback = false
        isUninstall = false
        versions = []
        title = "Remove the catalog \(id)"
        keeps = ["Every app that was installed from it, with its data.", "The keys that this host trusts for bundles."]
        loses = [
            "The root that was trusted for it, and which of its lists were seen: added again, it has to be known by "
                + "its fingerprint, and an older list would be taken.",
            "Updates of the apps that came from it, until it is added again under the same name.",
        ]
        refusal = nil
        action = "/catalogs/\(id)/remove"
        button = "Remove"
        back = "/catalogs/\(id)"
    }
}
