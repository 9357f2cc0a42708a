import TestSupport

/// Inputs made from others by small damage, the same ones in every run: what can be tried without libFuzzer.
package struct Mutations: Sendable {
    private let seeds: [[UInt8]]
    private let maximumLength: Int
    private var random: SplitMix

    /// - Parameters:
    ///   - seeds: at least one.
    ///   - maximumLength: of an input, in bytes.
    ///   - number: the same number gives the same inputs.
    package init(of seeds: [[UInt8]], maximumLength: Int, number: UInt64) {
        precondition(!seeds.isEmpty, "there is nothing to change")
        self.seeds = seeds
        self.maximumLength = maximumLength
        random = SplitMix(seed: number)
    }

    /// A seed with one to four changes.
    package mutating func next() -> [UInt8] {
        var bytes = seed()
        for _ in 0..<(1 + below(4)) { change(&bytes) }
        return Array(bytes.prefix(maximumLength))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = [UInt8(below(256))]
            return
        }
        let place = below(bytes.count)
        let end = place + 1 + below(min(64, bytes.count - place))
        switch below(8) {
        case 0, 1: bytes[place] ^= 1 << UInt8(below(8))
        case 2: bytes[place] = Self.telling[below(Self.telling.count)]
        case 3: bytes.removeSubrange(place...)
        case 4: bytes.removeSubrange(place..<end)
        case 5: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 6:
            let other = seed()
            bytes.replaceSubrange(place..., with: other.dropFirst(below(other.count + 1)))
        default: bytes.insert(UInt8(below(256)), at: place)
        }
    }

    /// What formats give a meaning to: ends of ranges, and what JSON and paths are made of.
    private static let telling: [UInt8] = [0, 1, 0x7F, 0x80, 0xC0, 0xFF] + Array("\"\\/.{}[]:,-09\n ".utf8)

    private mutating func seed() -> [UInt8] { seeds[below(seeds.count)] }

    /// A number from 0 up to `limit`, which is not among them.
    private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
}
