import HostModel
import Hosting
import Storage
import TestSupport

/// The bundles that a crowd works with: four apps in three versions each, packed and signed once.
final class CrowdWorkshop: Sendable {
    static let apps = ["mail", "notes", "tasks", "wiki"]
    static let versions = ["1.0.0", "1.1.0", "1.2.0"]
    /// Bundles that are kept to go back to.
    static let retention = 3

    private let place: TemporaryDirectory
    private let bundles: [String: [String: Bundle]]

    private struct Bundle: Sendable {
        let archive: String
        /// What the slot that it is installed in holds, but for the receipt.
        let tree: Tree
    }

    init() throws {
        let place = try TemporaryDirectory()
        self.place = place
        _ = try Publishing().newKey(at: "\(place.path)/crowd.key")
        var bundles: [String: [String: Bundle]] = [:]
        for app in Self.apps {
            for version in Self.versions {
                bundles[app, default: [:]][version] = try Self.make(app, version, in: place)
            }
        }
        self.bundles = bundles
    }

    func archive(_ app: String, _ version: String) -> String { bundles[app]?[version]?.archive ?? "" }

    /// The public part of the key that signs every bundle.
    var publicKey: String { "\(place.path)/crowd.key.pub" }

    private static func make(_ app: String, _ version: String, in place: TemporaryDirectory) throws -> Bundle {
        let source = "source-\(app)-\(version)"
        let manifest: JSONValue = ["schema": 1, "id": app, "name": app, "version": version]
        try place.write(manifest.text, to: "\(source)/apphost/manifest.json")
        try place.write("#!/bin/sh\necho \(app) \(version)\n", to: "\(source)/bin/run", mode: 0o755)
        for number in 0..<20 {
            let same = String(repeating: "\(app) \(number)\n", count: 200)
            try place.write(same, to: "\(source)/share/common/\(number).txt")
            let different = String(repeating: "\(version) of \(app) \(number)\n", count: 200)
            try place.write(different, to: "\(source)/share/pages/\(number).html")
        }
        try place.makeDirectory("\(source)/share/empty")
        try place.makeLink("\(source)/share/index.html", to: "pages/0.html")
        let directory = "\(place.path)/\(source)"
        let key = "\(place.path)/crowd.key"
        _ = try Publishing().sign(directory, keyFile: key, caseSensitive: nil, dryRun: false, progress: { _ in })
        // Each version is read through another reader.
        let suffix = ["1.0.0": "zip", "1.1.0": "tar.zst"][version] ?? "tar"
        let archive = "\(place.path)/\(app)-\(version).\(suffix)"
        _ = try Publishing().pack(
            directory, output: archive, keyFile: nil, caseSensitive: nil, dryRun: false, progress: { _ in })
        return Bundle(
            archive: archive, tree: try TemporaryDirectory.snapshot(of: directory).mapValues { inSlot($0) })
    }

    /// In a slot nothing can be written, and only the execute bit of a mode counts (`formats.md` 4).
    private static func inSlot(_ described: String) -> String {
        let words = described.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        switch words[0] {
        case "directory": return "directory 555"
        case "file": return "file \(words[1] == "755" ? "555" : "444") \(words[2])"
        default: return described
        }
    }

    // MARK: What lies on a disk

    /// The version that each filled slot of an app holds whole, named as ``SlotModel/named`` does; `torn` where it
    /// holds none.
    ///
    /// - Parameter tree: everything below the directory that holds `root/`.
    func slots(of app: String, in tree: Tree) -> [String: String] {
        let prefix = "root/apps/\(app)/"
        var parts: [String: Tree] = [:]
        for (path, what) in tree where path.hasPrefix(prefix) {
            let names = path.dropFirst(prefix.count).split(separator: "/", maxSplits: 1).map { String($0) }
            guard let name = names.first, Slot(name: name) != nil else { continue }
            parts[name, default: [:]][names.count > 1 ? names[1] : ""] = what
        }
        let older = parts.keys.filter { $0.hasPrefix("older-") }.sorted { ($0.count, $0) < ($1.count, $1) }
        var slots: [String: String] = [:]
        for (name, part) in parts {
            let shown = older.firstIndex(of: name).map { "older \($0 + 1)" } ?? name
            slots[shown] = version(of: part, app) ?? "torn"
        }
        return slots
    }

    private func version(of slot: Tree, _ app: String) -> String? {
        var tree = slot
        guard tree.removeValue(forKey: "") == "directory 555" else { return nil }
        guard tree.removeValue(forKey: Workshop.receipt) != nil else { return nil }
        return bundles[app]?.first(where: { $0.value.tree == tree })?.key
    }
}
