import HostModel

/// Which rollback targets behind `rollback/` may go. Pure.
package enum Retention {
    /// - Parameters:
    ///   - older: slots in any order; only the `older-<sequence>/` ones count.
    ///   - keeping: how many bundles to keep for rollback in all, `rollback/` included; at least 1.
    /// - Returns: the slots to delete, the oldest first.
    package static func expired(_ older: [Slot], keeping: Int) -> [Slot] {
        let sequences = older.compactMap { slot -> Int64? in
            if case .older(let sequence) = slot { sequence } else { nil }
        }
        return sequences.sorted().dropLast(max(0, keeping - 1)).map { .older(sequence: $0) }
    }
}
