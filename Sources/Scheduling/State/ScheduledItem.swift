import DiskIO
import HostModel

/// What the scheduler looks at: a catalog, which it refreshes, or an app, which it checks.
package struct ScheduledItem: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        // Apps are checked against what was refreshed before.
        case catalog, app
    }

    package let kind: Kind
    package let name: AppID

    package init(_ kind: Kind, _ name: AppID) {
        self.kind = kind
        self.name = name
    }

    /// - Returns: nil where no state has that name.
    package init?(file: DiskPath) {
        let suffix = ".json"
        let text = String(decoding: file.bytes, as: UTF8.self)
        guard text.hasSuffix(suffix), let dash = text.firstIndex(of: "-"),
            let kind = Kind(rawValue: String(text[..<dash])),
            let name = AppID(String(text[text.index(after: dash)...].dropLast(suffix.count)))
        else { return nil }
        self.init(kind, name)
    }

    /// The file of its state, in `scheduler/`.
    package var file: DiskPath { DiskPath("\(kind.rawValue)-\(name).json") }
}

extension ScheduledItem: Comparable {
    package static func < (a: ScheduledItem, b: ScheduledItem) -> Bool {
        (a.kind.rawValue, a.name) < (b.kind.rawValue, b.name)
    }
}
