/// Where a bundle came from, as receipts and histories say it: `file`, `catalog:demo`.
package enum BundleOrigin: Sendable, Equatable {
    case catalog(AppID)
    /// A path, or something that only a later version knows.
    case elsewhere

    private static let prefix = "catalog:"

    package init(source: String) {
        if source.hasPrefix(Self.prefix), let name = AppID(String(source.dropFirst(Self.prefix.count))) {
            self = .catalog(name)
        } else {
            self = .elsewhere
        }
    }

    /// As this version writes it.
    package var source: String {
        switch self {
        case .catalog(let name): Self.prefix + name.text
        case .elsewhere: "file"
        }
    }

    package var catalogName: AppID? {
        if case .catalog(let name) = self { name } else { nil }
    }
}
