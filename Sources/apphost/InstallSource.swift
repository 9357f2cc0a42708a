import ArgumentParser
import HostModel

/// What an operator asks to install.
enum InstallSource: Sendable, Equatable {
    /// An archive or a directory.
    case path(String)
    /// What a catalog lists: that version, or the newest.
    case app(AppID, BundleVersion?)

    /// With a `/` or an archive's suffix it is a path, else an `ID` or `ID@VERSION`.
    ///
    /// - Throws: a `ValidationError` that follows a colon.
    init(_ text: String) throws {
        if Self.isPath(text) {
            self = .path(text)
            return
        }
        guard !Self.isAddress(text) else {
            throw ValidationError(
                "it is an address; an app comes from a catalog, which 'apphost catalog add' makes known.")
        }
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        guard let id = AppID(parts[0]) else {
            throw ValidationError(
                "it is no app's id, which has lower-case letters, digits and '._-'; a path has a '/' or ends as an "
                    + "archive does.")
        }
        if parts.count == 1 {
            self = .app(id, nil)
            return
        }
        guard let version = BundleVersion(parts[1]) else {
            throw ValidationError("what follows '@' is no version such as 1.2.0.")
        }
        self = .app(id, version)
    }

    /// Whether it names something on this host, and is no URL.
    static func isPath(_ text: String) -> Bool {
        let suffixes = [".zip", ".tar", ".tar.gz", ".tar.zst", ".tar.xz"]
        return !isAddress(text) && (text.contains("/") || suffixes.contains(where: text.hasSuffix))
    }

    private static func isAddress(_ text: String) -> Bool {
        let schemes = ["https:", "http:", "file:", "crypta:"]
        return text.contains("://") || schemes.contains(where: text.lowercased().hasPrefix)
    }
}
