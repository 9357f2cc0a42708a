import Hosting
import Testing

/// H17 of the attacks on an HTTP API: whether the time that a comparison takes tells how much of a token is right.
///
/// Two kinds of guesses are made in turns that chance decides, and the means of their times are compared (Welch's t).
/// What else the machine does falls on both alike.
///
/// Source: O. Reparaz, J. Balasch, I. Verbauwhede, "Dude, is my code constant time?", 2017.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct TokenTimingTests {
    private static let pairs = 100_000
    /// Beyond it a difference is no chance.
    private static let threshold = 5.0

    @Test func `H17 a token that is nearly right is refused in the same time as any other`() {
        let token = AccessToken.random(prefix: "apphost_")
        let digest = token.digest
        let near = AccessToken(text: String(token.text.dropLast()) + (token.text.hasSuffix("0") ? "1" : "0"))
        let far = AccessToken.random(prefix: "apphost_")
        #expect(!near.matches(digest) && !far.matches(digest) && token.matches(digest))
        // Once in a while chance alone leads beyond the threshold; a comparison that tells does so every time.
        let isEven = (0..<3).contains { _ in
            abs(Self.difference({ near.matches(digest) }, { far.matches(digest) })) < Self.threshold
        }
        #expect(isEven)
    }

    @Test func `H17 the measure sees a comparison that ends where two texts differ`() {
        let text = Array(repeating: UInt8(ascii: "a"), count: 64)
        let near = Array(text.dropLast()) + [UInt8(ascii: "b")]
        let far = [UInt8(ascii: "b")] + Array(text.dropFirst())
        let difference = Self.difference({ Self.isSame(text, near) }, { Self.isSame(text, far) })
        #expect(abs(difference) > Self.threshold)
    }

    private static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        for (x, y) in zip(a, b) where x != y { return false }
        return true
    }

    // MARK: The measure

    /// How far apart the times of two things are, in standard errors of their difference.
    private static func difference(_ first: () -> Bool, _ second: () -> Bool) -> Double {
        var times: [[Double]] = [[], []]
        var trues = 0
        for _ in 0..<pairs {
            let isFirst = Bool.random()
            let begin = ContinuousClock.now
            let isTrue = isFirst ? first() : second()
            let (seconds, rest) = (ContinuousClock.now - begin).components
            if isTrue { trues += 1 }
            times[isFirst ? 0 : 1].append(Double(seconds) * 1e9 + Double(rest) / 1e9)
        }
        #expect(trues == 0)
        // The slowest are those in the middle of which something else was done.
        let all = (times[0] + times[1]).sorted()
        let limit = all[all.count * 9 / 10]
        return welch(times[0].filter { $0 <= limit }, times[1].filter { $0 <= limit })
    }

    private static func welch(_ a: [Double], _ b: [Double]) -> Double {
        let (first, second) = (moments(a), moments(b))
        let error = (first.variance / Double(a.count) + second.variance / Double(b.count)).squareRoot()
        return error > 0 ? (first.mean - second.mean) / error : 0
    }

    private static func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean: mean, variance: squares / Double(values.count - 1))
    }
}
