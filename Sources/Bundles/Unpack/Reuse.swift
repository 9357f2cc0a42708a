import DiskIO
import HostModel

/// The installed tree, whose unchanged files need not be written again. It is verified along the way.
package struct Reuse {
    /// How an unchanged file gets into the new tree.
    package enum Sharing: Sendable, Equatable {
        /// One more name for the same file: only where nothing that AppHost runs can write it.
        case link
        /// The content is shared until one of the two is written, where the file system can; else it is copied.
        case clone
    }

    package let walk: SlotWalk
    package let sharing: Sharing

    package init(_ walk: SlotWalk, sharing: Sharing) {
        self.walk = walk
        self.sharing = sharing
    }
}
