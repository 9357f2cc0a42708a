import Synchronization
import TestSupport

/// A disk that a kill left, before anything recovered it.
package struct DeadState: Sendable {
    let scene: Scene
    let place: TemporaryDirectory
    /// Where it was killed, for people.
    let point: String
}

/// Keeps of all dead states those in which recovery is worth killing, and of those that look the same only one.
final class DeadStates: Sendable {
    private struct State {
        var seen: Set<Int> = []
        var kept: [DeadState] = []
    }

    private let state = Mutex(State())
    private let isSubset: Bool
    private let counter = Counter()

    init(isSubset: Bool) { self.isSubset = isSubset }

    var kept: [DeadState] { state.withLock { $0.kept } }

    /// - Parameter place: as it is now; what is done with it later does not matter.
    func offer(_ place: TemporaryDirectory, of scene: Scene, at point: String) throws {
        let tree = try place.snapshot()
        guard isWanted(tree) else { return }
        let look = Self.look(of: tree, in: scene.useCase)
        guard state.withLock({ $0.seen.insert(look).inserted }) else { return }
        let dead = DeadState(scene: scene, place: try place.duplicate(), point: point)
        state.withLock { $0.kept.append(dead) }
    }

    private func isWanted(_ tree: Tree) -> Bool {
        if isSubset { return Self.isUnsettled(tree) && counter.next() % 40 == 0 }
        return Self.isUnsettled(tree) || counter.next() % 16 == 0
    }

    /// Whether recovery has more to do than to sweep what was staged.
    private static func isUnsettled(_ tree: Tree) -> Bool {
        ["journal.json", "record.json.new", "backup"].contains { tree["root/apps/notes/\($0)"] != nil }
    }

    // MARK: Looks

    /// The same for two trees that differ only in times, and in names and numbers that are made up by chance.
    private static func look(of tree: Tree, in useCase: UseCase) -> Int {
        var hasher = Hasher()
        hasher.combine(useCase)
        hasher.combine(tree.map { plain("\($0.key) \($0.value)") }.sorted())
        return hasher.finalize()
    }

    private static func plain(_ text: String) -> String {
        var bytes = Array(text.utf8)
        hideTimes(in: &bytes)
        hideNumbers(in: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// 2026-05-01T10:00:00Z
    private static func hideTimes(in bytes: inout [UInt8]) {
        for end in 0..<bytes.count where bytes[end] == UInt8(ascii: "Z") {
            guard end >= 19, bytes[end - 9] == UInt8(ascii: "T") else { continue }
            for index in (end - 19)..<end { bytes[index] = UInt8(ascii: "-") }
        }
    }

    /// Operations have 16 hexadecimal digits, trees in `trash/` 24 and stages 32; digests have 64, and stay.
    private static func hideNumbers(in bytes: inout [UInt8]) {
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, isHexDigit(bytes[end]) { end += 1 }
            if [16, 24, 32].contains(end - start) {
                for index in start..<end { bytes[index] = UInt8(ascii: "-") }
            }
            start = end + 1
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
