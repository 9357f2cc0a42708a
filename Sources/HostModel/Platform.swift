/// What bundles may require of a host.
package struct Platform: Sendable, Equatable {
    package let apphost: BundleVersion
    /// As `uname -m` says it.
    package let arch: String

    package init(apphost: BundleVersion, arch: String) {
        self.apphost = apphost
        self.arch = arch
    }

    /// The version of this program.
    package static let version = "1.0.0"

    package static let current: Platform = {
        guard let version = BundleVersion(version) else { preconditionFailure("\(version) is no version") }
        #if arch(x86_64)
        return Platform(apphost: version, arch: "x86_64")
        #elseif arch(arm64)
        return Platform(apphost: version, arch: "aarch64")
        #else
        return Platform(apphost: version, arch: "unknown")
        #endif
    }()
}
