import Bundles
import DiskIO
import HostModel

/// What is accepted is written to the same bytes, and stands a second look that knows nothing of the first.
enum InventoryTarget {
    static func run(_ input: [UInt8]) throws -> Bool {
        let file = try File.anonymous(files: LinuxFileSystem())
        try file.write(input)
        guard let inventory = try accepted({ try Inventory(file) }) else { return false }
        try require(inventory.bytes == input, "an inventory can be written in one way")

        // What a bundle without twins may list, one with them may list too.
        let plain = try summary(of: file, caseSensitive: false)
        let withTwins = try summary(of: file, caseSensitive: true)
        if let plain {
            try require(plain == withTwins, "twins in letter case are all that is allowed in addition")
            try require(inventory.hasDistinctNames(\.collisionKeys), "no two names collide")
        }
        guard let withTwins else { return false }
        try require(withTwins.files == inventory.files, "it counts the files that it lists")
        try require(withTwins.bytes == inventory.size, "it adds up the sizes that it lists")
        try require(inventory.hasDistinctNames { [$0.description] }, "no two names are the same text")
        try require(inventory.linksLeadInside, "a link leads to what is listed, through directories alone")
        return true
    }

    private static func summary(of file: File, caseSensitive: Bool) throws -> InventorySummary? {
        try accepted { try InventoryCheck.run(file, caseSensitive: caseSensitive, entryLimit: 10_000) }
    }
}

/// All of an inventory, held at once.
private struct Inventory {
    private let header: InventoryHeader
    private let entries: [InventoryEntry]
    /// What stands where, implied directories too.
    private let tree: [RelativePath: InventoryEntry.Kind]

    init(_ file: File) throws {
        let reader = try InventoryReader(file)
        var entries: [InventoryEntry] = []
        var tree: [RelativePath: InventoryEntry.Kind] = [:]
        while let entry = try reader.next() {
            entries.append(entry)
            for ancestor in entry.path.ancestors { tree[ancestor] = .directory }
            try require(tree.updateValue(entry.kind, forKey: entry.path) == nil, "each path is listed once")
        }
        header = reader.header
        self.entries = entries
        self.tree = tree
    }

    var bytes: [UInt8] {
        ([header.line] + entries.map(\.line)).flatMap { $0 + [UInt8(ascii: "\n")] }
    }

    var files: Int64 { Int64(sizes.count) }

    var size: Int64 { sizes.reduce(0, &+) }

    private var sizes: [Int64] {
        entries.compactMap { entry -> Int64? in
            guard case .file(let size, _, _) = entry.kind else { return nil }
            return size
        }
    }

    func hasDistinctNames(_ keys: (RelativePath) -> Set<String>) -> Bool {
        let all = tree.keys.map(keys)
        return all.reduce(into: Set()) { $0.formUnion($1) }.count == all.map(\.count).reduce(0, +)
    }

    var linksLeadInside: Bool {
        entries.allSatisfy { entry in
            guard case .link(let target) = entry.kind else { return true }
            return leadsInside(target, from: entry.path)
        }
    }

    /// Follows a link step by step, as the kernel would.
    private func leadsInside(_ target: [UInt8], from link: RelativePath) -> Bool {
        var place = link.components.dropLast().map { Array($0) }
        let steps = target.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for step in steps.dropLast() {
            guard follow(step, from: &place), place.isEmpty || kind(at: place) == .directory else { return false }
        }
        guard let last = steps.last, follow(last, from: &place), let end = path(of: place) else { return false }
        return tree[end] != nil && !end.isReserved
    }

    /// - Returns: false where it leads above the bundle's root.
    private func follow(_ step: ArraySlice<UInt8>, from place: inout [[UInt8]]) -> Bool {
        guard step.elementsEqual("..".utf8) else {
            place.append(Array(step))
            return true
        }
        return place.popLast() != nil
    }

    private func kind(at place: [[UInt8]]) -> InventoryEntry.Kind? { path(of: place).flatMap { tree[$0] } }

    private func path(of place: [[UInt8]]) -> RelativePath? {
        RelativePath(Array(place.joined(separator: [UInt8(ascii: "/")])))
    }
}
