/// The slots of one app as versions, and what the operations do to them: what a disk is held against. Pure.
struct SlotModel: Hashable, Sendable {
    var installed: String?
    var staged: String?
    var rollback: String?
    /// Rollback targets before that, the oldest first.
    var older: [String] = []

    /// What is installed goes to `rollback/`, and what was there behind it.
    mutating func replaceInstalled(by version: String) {
        if let left = installed { keep(left) }
        installed = version
    }

    /// Whether it can be gone back to.
    func keeps(_ version: String) -> Bool { rollback == version || older.contains(version) }

    /// Exchanges what is installed with a kept bundle: the one in `rollback/`, else the newest of that version.
    mutating func goBack(to version: String) {
        let left = installed
        if rollback == version {
            rollback = left
        } else if let place = older.lastIndex(of: version) {
            older.remove(at: place)
            if let left { keep(left) }
        }
        installed = version
    }

    /// - Parameter retention: how many bundles are kept to go back to, `rollback/` included.
    mutating func trim(to retention: Int) {
        let surplus = older.count - max(0, retention - 1)
        if surplus > 0 { older.removeFirst(surplus) }
    }

    /// Each filled slot by its name; `older 1` is the oldest, as ``View`` names it.
    var named: [String: String] {
        var named: [String: String] = [:]
        named["installed"] = installed
        named["staged"] = staged
        named["rollback"] = rollback
        for (place, version) in older.enumerated() { named["older \(place + 1)"] = version }
        return named
    }

    private mutating func keep(_ version: String) {
        if let last = rollback { older.append(last) }
        rollback = version
    }
}

extension SlotModel: CustomStringConvertible {
    var description: String {
        let words = named.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return "[" + words.joined(separator: ", ") + "]"
    }
}
