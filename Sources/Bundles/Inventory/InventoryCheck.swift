import DiskIO
import HostModel

/// What an inventory adds up to, once all that can be known from it alone was found good.
package struct InventorySummary: Sendable, Equatable {
    package let header: InventoryHeader
    /// Listed files, and what they have in bytes.
    package let files: Int64
    package let bytes: Int64
    /// What it lists for the manifest.
    let manifest: InventoryEntry.Kind
    /// Whether it lists links or empty directories, which no entry's content makes.
    let hasBareEntries: Bool
}

/// The first reading of an inventory: order, reserved names, colliding paths, links, sums.
package enum InventoryCheck {
    /// - Parameters:
    ///   - caseSensitive: whether paths may differ in letter case alone, as the signed predicate says.
    ///   - entryLimit: most entries that this host takes.
    ///   - onlySums: for an inventory that passed all of it when its bundle was accepted.
    /// - Throws: ``BundleError``. Memory: eight bytes for each path, and the links.
    package static func run(
        _ file: File, caseSensitive: Bool, entryLimit: Int64, onlySums: Bool = false
    ) throws -> InventorySummary {
        let reader = try InventoryReader(file)
        var sums = Sums()
        var collisions = CollisionWatch(caseSensitive: caseSensitive)
        var links: [Link] = []
        while let entry = try reader.next() {
            try sums.add(entry, entryLimit: entryLimit, reader)
            if onlySums { continue }
            try checkReserved(entry, reader)
            if collisions.meets(entry.path) {
                try CollisionSearch.run(file, for: entry.path, caseSensitive: caseSensitive)
            }
            if case .link(let target) = entry.kind { links.append(try Link(entry.path, target)) }
        }
        guard let manifest = sums.manifest else { throw BundleError.entryMissing(Manifest.path) }
        try LinkCheck.run(links, in: file)
        return InventorySummary(
            header: reader.header, files: sums.files, bytes: sums.bytes, manifest: manifest,
            hasBareEntries: sums.entries > sums.files)
    }

    private struct Sums {
        var entries: Int64 = 0
        var files: Int64 = 0
        var bytes: Int64 = 0
        var manifest: InventoryEntry.Kind?

        mutating func add(_ entry: InventoryEntry, entryLimit: Int64, _ reader: InventoryReader) throws {
            entries += 1
            guard entries <= entryLimit else {
                throw BundleError.limitExceeded(setting: "limits.entries", needed: entries, limit: entryLimit)
            }
            guard case .file(let size, let isExecutable, _) = entry.kind else { return }
            files += 1
            let (sum, overflow) = bytes.addingReportingOverflow(size)
            guard !overflow else { throw reader.invalid("the sizes add up to more than 64 bits") }
            bytes = sum
            if entry.path.bytes.elementsEqual(Manifest.path.utf8) {
                guard !isExecutable else { throw reader.invalid("the manifest is not executable") }
                manifest = entry.kind
            }
        }
    }

    private static func checkReserved(_ entry: InventoryEntry, _ reader: InventoryReader) throws {
        guard entry.path.isReserved else { return }
        guard entry.path.bytes.elementsEqual(Manifest.path.utf8), case .file = entry.kind else {
            throw reader.invalid("\(quoted(entry.path.description)) is reserved for the bundle's sidecars")
        }
    }
}

/// Tells when two of the paths given to it, in their order, may collide. Implied directories count once.
private struct CollisionWatch {
    let caseSensitive: Bool
    /// Hashes, not names: a false alarm is cleared by ``CollisionSearch``.
    private var seen: Set<Int> = []
    private var previous: [UInt8] = []

    init(caseSensitive: Bool) { self.caseSensitive = caseSensitive }

    mutating func meets(_ path: RelativePath) -> Bool {
        var meets = false
        for name in newNames(path, after: previous) {
            for key in collisionKeys(name, caseSensitive) where !seen.insert(key.hashValue).inserted { meets = true }
        }
        previous = path.bytes
        return meets
    }
}

/// The path itself and those of its ancestors that the one before in order does not have.
private func newNames(_ path: RelativePath, after previous: [UInt8]) -> [RelativePath] {
    var shared = 0
    let slash = UInt8(ascii: "/")
    for index in 0..<min(path.bytes.count, previous.count) {
        guard path.bytes[index] == previous[index] else { break }
        if path.bytes[index] == slash { shared = index }
    }
    // A directory is implied by the path before only when that goes on below it.
    return path.ancestors.filter { $0.bytes.count > shared } + [path]
}

private func collisionKeys(_ path: RelativePath, _ caseSensitive: Bool) -> Set<String> {
    caseSensitive ? [path.description] : path.collisionKeys
}

/// Finds the path that really collides with one, if there is any.
private enum CollisionSearch {
    static func run(_ file: File, for path: RelativePath, caseSensitive: Bool) throws {
        let wanted = Set((path.ancestors + [path]).flatMap { collisionKeys($0, caseSensitive) })
        var found: [String: RelativePath] = [:]
        let reader = try InventoryReader(file)
        while let entry = try reader.next() {
            for name in entry.path.ancestors + [entry.path] {
                for key in collisionKeys(name, caseSensitive) where wanted.contains(key) {
                    if let other = found.updateValue(name, forKey: key), other != name {
                        throw BundleError.collision(other.description, name.description)
                    }
                }
            }
        }
    }
}

/// A listed link, with what it leads to from the bundle's root.
private struct Link {
    let path: RelativePath
    let text: String
    /// Where it leads, which is never the bundle's root itself.
    let target: RelativePath
    /// Every directory that following it passes, as a hash: a target may pass very many, each with a long path.
    let passes: [Int]

    init(_ path: RelativePath, _ target: [UInt8]) throws {
        self.path = path
        text = String(decoding: target, as: UTF8.self)
        let refusal = BundleError.linkInvalid(path: path.description, target: text)
        var place = path.parent?.components.map(Array.init) ?? []
        var passes: [Int] = []
        let parts = target.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // To the root and down again a path has no more than this. Source: PATH_MAX of Linux
        guard target.count < 4096, parts.count <= 128 else { throw refusal }
        for (index, part) in parts.enumerated() {
            if part.elementsEqual("..".utf8) {
                guard place.popLast() != nil else { throw refusal }
            } else {
                guard let name = RelativePath(part) else { throw refusal }
                place.append(name.bytes)
            }
            if index < parts.count - 1, !place.isEmpty {
                guard let passed = RelativePath(Array(place.joined(separator: [UInt8(ascii: "/")]))) else {
                    throw refusal
                }
                passes.append(passed.hashValue)
            }
        }
        guard let last = RelativePath(Array(place.joined(separator: [UInt8(ascii: "/")]))), !last.isReserved else {
            throw refusal
        }
        self.target = last
        self.passes = passes
    }
}

/// Whether each link leads to something that is listed, through directories alone: a second reading.
private enum LinkCheck {
    static func run(_ links: [Link], in file: File) throws {
        guard !links.isEmpty else { return }
        // What must be there, and what must be a directory, until it was seen.
        var missing = Set(links.map(\.target))
        var directories = Set(links.flatMap(\.passes))
        let reader = try InventoryReader(file)
        while let entry = try reader.next(), !(missing.isEmpty && directories.isEmpty) {
            missing.remove(entry.path)
            if entry.kind == .directory { directories.remove(entry.path.hashValue) }
            for ancestor in entry.path.ancestors {
                missing.remove(ancestor)
                directories.remove(ancestor.hashValue)
            }
        }
        if let bad = links.first(where: {
            missing.contains($0.target) || $0.passes.contains(where: directories.contains)
        }) {
            throw BundleError.linkInvalid(path: bad.path.description, target: bad.text)
        }
    }
}
