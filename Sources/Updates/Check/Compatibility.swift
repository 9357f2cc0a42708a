import Bundles
import Catalogs
import HostModel

/// Whether a bundle fits a host. Pure.
package enum Compatibility: Sendable, Equatable {
    case compatible
    case incompatible(reason: String)
    case unknown

    /// As the bundle itself says it.
    package static func of(_ manifest: Manifest, on platform: Platform) -> Compatibility {
        let requires = manifest.requires
        let fit = of(apphost: requires.apphost, arch: requires.arch, on: platform)
        if case .incompatible = fit { return fit }
        guard let sandbox = manifest.sandbox, sandbox.required, !isEnforced(sandbox.mode) else { return fit }
        return .incompatible(
            reason: "it requires the sandbox \(quoted(sandbox.mode)), which this build cannot enforce")
    }

    /// Nothing is all that this build can enforce.
    private static func isEnforced(_ mode: String) -> Bool { mode == "none" }

    /// As a catalog says it, which knows nothing of sandboxes.
    package static func of(_ requires: CatalogEntry.Requirements, on platform: Platform) -> Compatibility {
        of(apphost: requires.apphost, arch: requires.arch, on: platform)
    }

    private static func of(apphost: BundleVersion?, arch: [String]?, on platform: Platform) -> Compatibility {
        if let arch, !arch.contains(platform.arch) {
            return .incompatible(
                reason: "it is made for \(arch.map { printable($0) }.joined(separator: ", ")), this is \(platform.arch)"
            )
        }
        guard let needed = apphost else { return .compatible }
        switch platform.apphost.order(to: needed) {
        case .older: return .incompatible(reason: "it needs apphost \(needed), this is \(platform.apphost)")
        case .equal, .newer: return .compatible
        case nil: return .unknown
        }
    }
}
