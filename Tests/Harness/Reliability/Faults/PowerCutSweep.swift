import DiskIO
import Hosting
import Synchronization
import TestSupport

/// Power cuts at every call of every use case, modelled: the changes are recorded, and for every prefix of them every kind of
/// loss that ``PendingChanges`` knows is made real, recovered and judged. Recovery is cut in the same way.
package struct PowerCutSweep: Sendable {
    package let scenes: [Scene]
    package let tally: Tally
    private let depth: Depth
    private let isFlushLost: @Sendable (String) -> Bool
    private let stopsEarly: Bool

    package enum Depth: Sendable {
        /// Every prefix, every loss, every recovery.
        case all
        /// Every prefix and every loss, but recovery is not cut.
        case shallow
        /// Every seventh prefix; recovery is cut for one image in forty.
        case subset
    }

    /// - Parameters:
    ///   - stopsEarly: whether the first violation ends it.
    ///   - isFlushLost: which flushes do nothing, by their label: for showing that each is needed.
    package init(
        _ scenes: [Scene], _ tally: Tally, depth: Depth, stopsEarly: Bool = false,
        isFlushLost: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.scenes = scenes
        self.tally = tally
        self.depth = depth
        self.stopsEarly = stopsEarly
        self.isFlushLost = isFlushLost
    }

    package func run() async throws {
        try await forEachInParallel(scenes) { scene in
            let seen = Seen()
            let (log, end) = try await record(scene)
            try await cut(
                log, of: scene, seen, isDone: { $0 == log.changes.count && Self.isDone(end) }, isRecovery: false)
        }
        tally.say("power cuts")
    }

    /// The label of every flush that the use cases make, and the scenes in which it is made.
    package func flushes() async throws -> [(label: String, scenes: [Scene])] {
        let found = Mutex<[String: [Scene]]>([:])
        try await forEachInParallel(scenes) { scene in
            let (log, _) = try await record(scene)
            let labels = Set(log.changes.compactMap(\.flush))
            found.withLock { found in for label in labels { found[label, default: []].append(scene) } }
        }
        return found.withLock { found in found.sorted { $0.key < $1.key }.map { (label: $0.key, scenes: $0.value) } }
    }

    private func record(_ scene: Scene) async throws -> (DiskLog, Scene.End) {
        let place = try scene.template.duplicate()
        let files = LoggingFileSystem(place.path, holding: try DiskImage(of: place.path))
        let end = await scene.attempt(Trial(place: place, workshop: scene.workshop, files: files))
        return (files.log, end)
    }

    private static func isDone(_ end: Scene.End) -> Bool { if case .done = end { true } else { false } }

    /// The images that were judged.
    private final class Seen: Sendable {
        private let fingerprints = Mutex<Set<Int>>([])
        let counter = Counter()

        func insert(_ image: DiskImage, isDone: Bool) -> Bool {
            var hasher = Hasher()
            hasher.combine(image.fingerprint)
            hasher.combine(isDone)
            let key = hasher.finalize()
            return fingerprints.withLock { $0.insert(key).inserted }
        }
    }

    private func cut(
        _ log: DiskLog, of scene: Scene, _ seen: Seen, isDone: @Sendable (Int) -> Bool, isRecovery: Bool,
        origin: String = ""
    ) async throws {
        var disk = PendingChanges(log)
        for prefix in 0...log.changes.count {
            if prefix > 0 {
                let change = log.changes[prefix - 1]
                if change.flush.map(isFlushLost) != true { disk.make(change) }
            }
            let isLast = prefix == log.changes.count
            if depth == .subset && !isLast && prefix % 7 != 0 { continue }
            for (index, image) in disk.cuts(thorough: !isRecovery, seed: prefix).enumerated() {
                if stopsEarly && tally.violations > 0 { return }
                guard seen.insert(image, isDone: isDone(prefix)) else { continue }
                try await judge(
                    image, of: scene, seen, isDone: isDone(prefix), isRecovery: isRecovery,
                    at: "\(origin)\(isRecovery ? "recovery " : "")cut after \(prefix) changes, loss \(index)")
            }
        }
    }

    private func judge(
        _ image: DiskImage, of scene: Scene, _ seen: Seen, isDone: Bool, isRecovery: Bool, at point: String
    ) async throws {
        guard !image.hasDirectoryTwice else {
            return tally.add(["two names lead to one directory"], at: "\(scene.useCase): \(point)")
        }
        if isDone && image.isUnsettled {
            return tally.add(["what was finished is in flight again"], at: "\(scene.useCase): \(point)")
        }
        let place = try TemporaryDirectory()
        try image.materialize(at: place.path)
        let files = LoggingFileSystem(place.path, holding: image)
        let first = Trial(place: place, workshop: scene.workshop, files: files).host
        var recovery: DiskLog?
        var problems = try scene.problems(
            after: isDone ? .done : .dead, read: place.snapshot,
            recover: {
                let failures = first.recover().map { "\($0)" }
                if recovery == nil { recovery = files.log }
                return failures
            }, look: { try CatalogSight(first) })
        if depth != .shallow {
            problems += try await scene.problemsOfNext(in: place, depth == .all ? .all : .subset)
        }
        tally.add(problems, at: "\(scene.useCase): \(point)")
        guard !isRecovery, depth != .shallow, let recovery, !recovery.changes.isEmpty else { return }
        let often = depth == .all ? 20 : 40
        guard (depth == .all && image.isUnsettled) || seen.counter.next() % often == 0 else { return }
        try await cut(recovery, of: scene, seen, isDone: { _ in isDone }, isRecovery: true, origin: "\(point), ")
    }
}

extension DiskChange {
    /// Nil where it is none. Names that are made up by chance are left out. A flush in a catalog that has no name yet
    /// goes by the label of the same flush in one that has: what it is for, only that one shows.
    fileprivate var flush: String? {
        switch self {
        case .sync(_, let label), .syncAll(let label):
            label.replacing(/[0-9a-f]{24}/, with: "<tree>").replacing("/.work/", with: "/")
        case .names, .data, .mode: nil
        }
    }
}

extension DiskImage {
    /// Whether recovery has more to do than to sweep what was staged.
    fileprivate var isUnsettled: Bool {
        guard let app = id(["root", "apps", "notes"], from: Self.top) else { return false }
        return nodes[app].entries.keys.contains { $0 == "journal.json" || $0 == "record.json.new" || $0 == "backup" }
    }
}
