import DiskIO
import TestSupport

/// A disk between two changes: what is durable, and what a power cut may still lose.
///
/// What is assumed of the file system, and no more (fsync(2), rename(2)):
/// - Data of a file is durable after a flush of that file, names in a directory after a flush of that directory.
/// - What was not flushed may be there or not, in any order, but: one change of names is there as a whole or not at all
///   while none of its directories was flushed, and a name or a thing that changed twice changed in that order.
/// - Flushing one directory of a move between two makes the names in that one durable, and nothing in the other.
struct PendingChanges {
    private(set) var durable: DiskImage
    private(set) var pending: [DiskChange] = []

    init(_ log: DiskLog) {
        durable = log.beginning
        durable.nodes = log.newborn
    }

    mutating func make(_ change: DiskChange) {
        switch change {
        case .names, .data, .mode: pending.append(change)
        case .syncAll:
            for change in pending { durable.apply(change) }
            pending = []
        case .sync(let id, _):
            pending = pending.compactMap { change in
                switch change {
                case .data(id, _), .mode(id, _):
                    durable.apply(change)
                    return nil
                case .names(let sides):
                    durable.apply(.names(sides.filter { $0.directory == id }))
                    let rest = sides.filter { $0.directory != id }
                    return rest.isEmpty ? nil : .names(rest)
                case .data, .mode, .sync, .syncAll: return change
                }
            }
        }
    }

    /// What a power cut may leave now, at least in every way that can matter by itself.
    ///
    /// - Parameter thorough: false keeps or loses all names at once, and all data at once.
    func cuts(thorough: Bool, seed: Int) -> [DiskImage] {
        let names = NameChanges(pending)
        var cuts: [DiskImage] = []
        for data in DataLoss.allCases { cuts.append(image(keeping: names.all, data)) }
        cuts.append(image(keeping: [], .none))
        cuts.append(image(keeping: [], .all))
        guard thorough else { return cuts }
        var choices: [Set<Int>] = []
        for directory in names.directories {
            choices.append(names.without(names.changes(in: directory), .ordered))
            choices.append(names.only(names.changes(in: directory), .ordered))
        }
        for index in names.indices.suffix(Self.singled) {
            choices.append(names.without([index], .free))
            choices.append(names.only([index], .free))
        }
        var random = SplitMix(seed: UInt64(truncatingIfNeeded: seed))
        for _ in 0..<Self.random {
            choices.append(names.without(Set(names.indices.filter { _ in random.flips() }), .ordered))
            choices.append(names.without(Set(names.indices.filter { _ in random.flips() }), .free))
        }
        for choice in choices {
            cuts.append(image(keeping: choice, .none))
            cuts.append(image(keeping: choice, .all))
        }
        for file in changedFiles { cuts.append(image(keeping: names.all, .all, of: file)) }
        return cuts
    }

    private static let singled = 24
    private static let random = 4

    /// What becomes of content that was not flushed.
    private enum DataLoss: CaseIterable { case none, all, half, zeros, modes }

    private var changedFiles: [DiskImage.ID] {
        Set(
            pending.compactMap { change -> DiskImage.ID? in
                if case .data(let id, _) = change { id } else { nil }
            }
        ).sorted()
    }

    /// - Parameter only: the one file that is meant; nil means all.
    private func image(keeping kept: Set<Int>, _ loss: DataLoss, of only: DiskImage.ID? = nil) -> DiskImage {
        var image = durable
        for (index, change) in pending.enumerated() {
            switch change {
            case .names: if kept.contains(index) { image.apply(change) }
            case .data(let id, _):
                if loss != .all || (only != nil && only != id) { image.apply(change) }
            case .mode(let id, _):
                if (loss != .all && loss != .modes) || (only != nil && only != id) { image.apply(change) }
            case .sync, .syncAll: break
            }
        }
        guard loss == .half || loss == .zeros else { return image }
        for file in changedFiles {
            let old = durable.nodes[file].content
            let added = image.nodes[file].content.count - old.count
            guard added > 0 else { continue }
            image.nodes[file].content =
                loss == .half
                ? Array(image.nodes[file].content.prefix(old.count + added / 2))
                : old + [UInt8](repeating: 0, count: added)
        }
        return image
    }
}

/// The pending changes of names, and which of them can be there without which.
private struct NameChanges {
    enum Order {
        /// Those in one directory come in their order, as on a file system with one journal.
        case ordered
        /// Only those of one name or one thing do.
        case free
    }

    private let sides: [Int: [DiskChange.Side]]
    let indices: [Int]
    private let ordered: [Int: Set<Int>]
    private let free: [Int: Set<Int>]

    init(_ pending: [DiskChange]) {
        var sides: [Int: [DiskChange.Side]] = [:]
        for (index, change) in pending.enumerated() {
            if case .names(let changed) = change { sides[index] = changed }
        }
        self.sides = sides
        indices = sides.keys.sorted()
        var ordered: [Int: Set<Int>] = [:]
        var free: [Int: Set<Int>] = [:]
        for (place, index) in indices.enumerated() {
            for earlier in indices[..<place] {
                let mine = sides[index] ?? []
                let theirs = sides[earlier] ?? []
                if mine.contains(where: { one in theirs.contains { $0.directory == one.directory } }) {
                    ordered[index, default: []].insert(earlier)
                }
                let touches = mine.contains { one in
                    theirs.contains {
                        ($0.directory == one.directory && $0.name == one.name)
                            || (one.node != nil && $0.node == one.node)
                    }
                }
                if touches {
                    ordered[index, default: []].insert(earlier)
                    free[index, default: []].insert(earlier)
                }
            }
        }
        self.ordered = ordered
        self.free = free
    }

    var all: Set<Int> { Set(indices) }

    var directories: [DiskImage.ID] { Set(sides.values.flatMap { $0.map(\.directory) }).sorted() }

    func changes(in directory: DiskImage.ID) -> Set<Int> {
        Set(indices.filter { sides[$0]?.contains { $0.directory == directory } == true })
    }

    /// All but `lost`, and what cannot be there without them.
    func without(_ lost: Set<Int>, _ order: Order) -> Set<Int> {
        var kept: Set<Int> = []
        for index in indices where !lost.contains(index) && needs(index, order).isSubset(of: kept) {
            kept.insert(index)
        }
        return kept
    }

    /// `wanted`, and what they cannot be there without.
    func only(_ wanted: Set<Int>, _ order: Order) -> Set<Int> {
        var kept: Set<Int> = []
        for index in indices.reversed() where wanted.contains(index) || kept.contains(index) {
            kept.insert(index)
            kept.formUnion(needs(index, order))
        }
        return kept
    }

    private func needs(_ index: Int, _ order: Order) -> Set<Int> {
        (order == .ordered ? ordered[index] : free[index]) ?? []
    }
}

extension SplitMix {
    fileprivate mutating func flips() -> Bool { next() & 1 == 1 }
}
