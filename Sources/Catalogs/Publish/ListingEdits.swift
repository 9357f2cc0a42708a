import HostModel

/// What one run changes of the roles that list bundles. Each is read once, and only where it is needed.
struct ListingEdits {
    private let catalog: PublishedCatalog
    private var edits: [RoleName: Edit] = [:]

    private struct Edit {
        let published: PublishedRole
        var removed: Set<[UInt8]> = []
        var added: [JSONValue.Member] = []
    }

    init(_ catalog: PublishedCatalog) { self.catalog = catalog }

    /// What was published under `path`; nil where nothing was.
    mutating func file(at path: RelativePath) throws(PublishError) -> TargetFile? {
        try opened(catalog.role(of: path)).metadata.files[path]
    }

    /// - Parameter file: what the catalog says of it from now on.
    mutating func add(_ file: JSONValue, at path: RelativePath) throws(PublishError) {
        let role = catalog.role(of: path)
        _ = try opened(role)
        edits[role]?.added.append(JSONValue.Member(path.description, file))
    }

    /// Takes every bundle of a version out.
    ///
    /// - Returns: what was published of it.
    /// - Throws: ``PublishError/notListed(_:_:)``.
    mutating func remove(_ id: AppID, _ version: BundleVersion) throws(PublishError) -> [TargetFile] {
        guard let place = RelativePath("apps/\(id)/\(version)") else { throw .notListed(id, version) }
        var removed: [TargetFile] = []
        // Which bin a path belongs to depends on the file's name, which is not known here.
        for role in [RoleName.targets] + catalog.bins.map(\.name) {
            let files = try opened(role).metadata.files.values.filter { $0.path.isBelow(place) }
            for file in files { edits[role]?.removed.insert(file.path.bytes) }
            removed += files
        }
        guard !removed.isEmpty else { throw .notListed(id, version) }
        return removed
    }

    /// The roles that change, in the order of their names.
    var changed: [PublishedRole] {
        edits.values.filter { !$0.removed.isEmpty || !$0.added.isEmpty }.map(\.published)
            .sorted { $0.role.bytes.lexicographicallyPrecedes($1.role.bytes) }
    }

    /// What they say from now on.
    func documents() throws(PublishError) -> [RoleDocument] {
        var documents: [RoleDocument] = []
        for published in changed {
            guard let edit = edits[published.role] else { continue }
            var document = try RoleDocument(published.bytes, of: published.role)
            document.change("targets", removing: edit.removed, adding: edit.added)
            documents.append(document)
        }
        return documents
    }

    private mutating func opened(_ role: RoleName) throws(PublishError) -> PublishedRole {
        if let edit = edits[role] { return edit.published }
        let published = try catalog.read(role)
        edits[role] = Edit(published: published)
        return published
    }
}
