import HostModel

/// What can be said of two versions without looking at anything else.
package struct VersionComparison: Sendable, Equatable {
    /// Whether the two are written differently.
    package let versionDifferent: Bool
    /// Whether the candidate is newer; nil where that cannot be known.
    package let updateAvailable: Bool?

    /// - Parameters:
    ///   - installed: nil where it cannot be read.
    ///   - candidate: nil where there is none.
    package init(installed: BundleVersion?, candidate: BundleVersion?) {
        guard let installed, let candidate else {
            self.init(versionDifferent: false, updateAvailable: nil)
            return
        }
        guard installed != candidate else {
            self.init(versionDifferent: false, updateAvailable: false)
            return
        }
        self.init(versionDifferent: true, updateAvailable: candidate.order(to: installed).map { $0 == .newer })
    }

    /// Of an app that is not installed.
    package static let notInstalled = VersionComparison(versionDifferent: false, updateAvailable: false)

    private init(versionDifferent: Bool, updateAvailable: Bool?) {
        self.versionDifferent = versionDifferent
        self.updateAvailable = updateAvailable
    }
}
