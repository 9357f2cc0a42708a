import DiskIO

/// One change of a disk, as a power cut may keep it or lose it.
enum DiskChange: Sendable {
    /// Names in directories, all at once: an exchange changes two, a move between directories one in each.
    case names([Side])
    case data(DiskImage.ID, DataChange)
    case mode(DiskImage.ID, UInt32)
    /// Makes durable what was done to one file, or to the names in one directory.
    case sync(DiskImage.ID, label: String)
    /// Makes everything durable.
    case syncAll(label: String)

    struct Side: Sendable, Equatable {
        let directory: DiskImage.ID
        let name: DiskPath
        /// What the name leads to afterwards; nil where it is gone.
        let node: DiskImage.ID?
    }

    enum DataChange: Sendable {
        case append([UInt8])
        case cut(to: Int)
        case replace([UInt8])
    }
}

/// What was done to a disk, in order, from a known beginning.
struct DiskLog: Sendable {
    let beginning: DiskImage
    /// Every thing that was there or was made, as it was when it was new.
    var newborn: [DiskImage.Node]
    var changes: [DiskChange] = []

    init(from beginning: DiskImage) {
        self.beginning = beginning
        newborn = beginning.nodes
    }
}

extension DiskImage {
    mutating func apply(_ change: DiskChange) {
        switch change {
        case .names(let sides):
            for side in sides { nodes[side.directory].entries[side.name] = side.node }
        case .data(let id, .append(let bytes)): nodes[id].content += bytes
        case .data(let id, .cut(let size)):
            let missing = size - nodes[id].content.count
            if missing > 0 {
                nodes[id].content += [UInt8](repeating: 0, count: missing)
            } else {
                nodes[id].content.removeLast(-missing)
            }
        case .data(let id, .replace(let bytes)): nodes[id].content = bytes
        case .mode(let id, let mode): nodes[id].mode = mode
        case .sync, .syncAll: break
        }
    }
}
