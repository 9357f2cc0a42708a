import HostModel
import Storage
import TestSupport

/// What a root holds, read from the plain files and without any of AppHost's own ways to read a slot.
///
/// Times, operation names, the numbers of older slots and the names of secrets' files differ from run to run and are
/// left out, so that two views can be compared.
package struct View: Equatable, Sendable, CustomStringConvertible {
    /// The version in each slot that is filled; a sentence where it is none of them, whole. `older 1` is the oldest.
    package var slots: [String: String] = [:]
    package var record = ""
    /// Whether the record says that the app is to run.
    package private(set) var isWanted = false
    /// The operation that the record says nobody has confirmed: `update`; nil where it says none.
    package private(set) var unconfirmed: String?
    /// `update done 1.0.0 1.1.0`
    package var history: [String] = []
    package var sequences: [Int64] = []
    /// Trusted keys, settings, the format of the root, and its directories.
    package var host: [String] = []
    /// What lies in the app's own directories outside `apps/`.
    package var owned: [String: String] = [:]
    /// The edition that is kept of each catalog, see ``CatalogView``.
    package var catalogs: [String: String] = [:]
    /// What the `health.json` of each says.
    package var health: [String: String] = [:]
    /// The `source.json` of each, without times.
    package var sources: [String: String] = [:]
    /// What is never so of a catalog, whenever a command ends.
    package var flaws: [String] = []
    /// What no finished command leaves behind.
    package var debris: [String] = []
    /// What a command of catalogs that was killed or failed may leave, to the next one.
    package var unswept: [String] = []

    /// - Parameter tree: everything below the directory that holds `root/`.
    package init(_ tree: Tree, _ workshop: Workshop) {
        var parts: [String: Tree] = [:]
        var followed: [String: Tree] = [:]
        for (path, what) in tree {
            let names = path.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            guard names.first == "root" else { continue }
            if names.count == 2 && what.hasPrefix("directory") { host.append("\(path) \(what)") }
            guard names.count > 1 else { continue }
            switch names[1] {
            case "apps" where names.count == 3 && !what.hasPrefix("directory"): debris.append(path)
            case "apps" where names.count == 4:
                // apps/notes/<name>[/<below>]
                let inside = names[3].split(separator: "/", maxSplits: 1).map(String.init)
                look(at: inside[0], below: inside.count > 1 ? inside[1] : nil, what, &parts)
            case "apps", "lock": break
            case "staging", "trash": if names.count > 2 { debris.append(path) }
            case "catalogs" where names.count > 2:
                if names[2] == ".work" {
                    if names.count > 3 { unswept.append(path) }
                } else {
                    followed[names[2], default: [:]][names.count > 3 ? names[3] : ""] = what
                }
            case "catalogs": break
            case "data", "cache", "run", "logs", "secrets", "scheduler": if names.count > 2 { owned[path] = what }
            case "config.json", "format.json": host.append("\(names[1]) \(Self.timeless(what))")
            case "trust": if names.count > 2 { lookAtTrust(names[2], what) }
            default: debris.append(path)
            }
        }
        name(parts, workshop)
        nameSecrets()
        for (name, files) in followed { add(CatalogView(name, files, workshop), of: name) }
        host.sort()
        debris.sort()
        flaws.sort()
        unswept.sort()
    }

    private mutating func add(_ catalog: CatalogView, of name: String) {
        catalogs[name] = catalog.kept
        health[name] = catalog.health
        sources[name] = catalog.source
        flaws += catalog.flaws.map { "\(name): \($0)" }
        unswept += catalog.leftovers.map { "root/catalogs/\(name)/\($0)" }
    }

    /// A file with the value of a secret gets the name of its secret; one that no secret names keeps its own.
    private mutating func nameSecrets() {
        let text = record.drop { $0 != "{" }
        guard let json = try? StrictJSON.parse(Array(text.utf8)),
            case .object(let secrets) = json.member("configuration")?.member("secrets")
        else { return }
        for secret in secrets {
            guard case .string(let file) = secret.value else { continue }
            record = record.replacing(file, with: secret.key)
            if let what = owned.removeValue(forKey: "root/secrets/notes/\(file)") {
                owned["root/secrets/notes/\(secret.key)"] = what
            }
        }
    }

    private mutating func lookAtTrust(_ name: String, _ what: String) {
        if name == "keys.json" {
            host.append("keys.json \(Self.timeless(what))")
        } else {
            debris.append("trust/\(name)")
        }
    }

    private mutating func look(at name: String, below: String?, _ what: String, _ parts: inout [String: Tree]) {
        if let slot = Slot(name: name) {
            if slot == .backup { debris.append("apps/notes/backup") }
            parts[name, default: [:]][below ?? ""] = what
            return
        }
        switch name {
        case "lock", "confirm.lock", "running.lock": break
        case "record.json": read(record: what)
        case "history.jsonl": readHistory(what)
        default: debris.append("apps/notes/\(name)")
        }
    }

    private mutating func name(_ parts: [String: Tree], _ workshop: Workshop) {
        let older = parts.keys.filter { $0.hasPrefix("older-") }.sorted {
            ($0.count, $0) < ($1.count, $1)
        }
        for (name, tree) in parts {
            let shown = older.firstIndex(of: name).map { "older \($0 + 1)" } ?? name
            slots[shown] = Self.version(of: tree, workshop)
        }
    }

    /// The version whose bundle a slot holds whole; a sentence where there is none.
    private static func version(of slot: Tree, _ workshop: Workshop) -> String {
        var tree = slot
        guard tree.removeValue(forKey: "") == "directory 555" else { return "broken: its own mode" }
        guard let receipt = tree.removeValue(forKey: Workshop.receipt) else { return "broken: no receipt" }
        guard receipt.hasPrefix("file 444 ") else { return "broken: the receipt's mode" }
        for (version, bundle) in workshop.bundles {
            if tree == bundle.tree && receipt.contains(#""digest":"\#(bundle.digest)""#) && receipt.hasSuffix("}\n") {
                return version.rawValue
            }
        }
        let nearest = workshop.bundles.values.map { bundle in
            Set(tree.keys).union(bundle.tree.keys).filter { tree[$0] != bundle.tree[$0] }.sorted()
        }.min { $0.count < $1.count }
        return "broken: \(nearest?.first ?? "receipt")"
    }

    private mutating func read(record what: String) {
        record = Self.timeless(what)
        let json = LooseJSON(text: String(what.drop { $0 != "{" }))
        isWanted = json["wanted"].isTrue
        unconfirmed = json["unconfirmed"]["operation"].string
    }

    private mutating func readHistory(_ what: String) {
        guard let text = what.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).last else { return }
        for line in text.split(separator: "\n") {
            guard let value = try? StrictJSON.parse(Array(line.utf8)), case .object(let members) = value else {
                history.append("unreadable: \(line)")
                continue
            }
            func word(_ key: String) -> String? {
                if case .string(let text) = members.first(where: { $0.key == key })?.value { text } else { nil }
            }
            history.append(
                [word("kind"), word("outcome"), word("from"), word("to")].compactMap(\.self).joined(separator: " "))
            if case .integer(let sequence) = members.first(where: { $0.key == "sequence" })?.value {
                sequences.append(sequence)
            }
        }
    }

    /// Text in which every time of the form 2026-05-01T10:00:00Z is the same.
    static func timeless(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let zed = UInt8(ascii: "Z")
        guard bytes.contains(zed) else { return text }
        var result = bytes
        for end in bytes.indices where bytes[end] == zed && end >= 19 && bytes[end - 9] == UInt8(ascii: "T") {
            for index in (end - 19)..<end { result[index] = UInt8(ascii: "0") }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Whether slots, record and the rest are the same; histories, and the health of catalogs, may differ.
    package func isLike(_ other: View) -> Bool {
        slots == other.slots && record == other.record && host == other.host && owned == other.owned
            && catalogs == other.catalogs && sources == other.sources
    }

    package var description: String {
        let filled = slots.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let known = catalogs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return "[\(filled)] history \(history) record \(record.count) host \(host.count) owned \(owned.count)"
            + (known.isEmpty ? "" : " catalogs [\(known)]")
    }
}

extension JSONValue {
    fileprivate func member(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}
