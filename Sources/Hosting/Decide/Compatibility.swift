import Bundles
import HostModel

/// Whether a bundle fits a host. Pure.
package enum Compatibility: Sendable, Equatable {
    case compatible
    case incompatible(reason: String)
    case unknown

    package static func of(_ requires: Manifest.Requirements, on platform: Platform) -> Compatibility {
        if let arch = requires.arch, !arch.contains(platform.arch) {
            return .incompatible(
                reason: "it is made for \(arch.map { printable($0) }.joined(separator: ", ")), this is \(platform.arch)"
            )
        }
        guard let needed = requires.apphost else { return .compatible }
        switch platform.apphost.order(to: needed) {
        case .older: return .incompatible(reason: "it needs apphost \(needed), this is \(platform.apphost)")
        case .equal, .newer: return .compatible
        case nil: return .unknown
        }
    }
}
