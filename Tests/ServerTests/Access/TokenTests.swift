import DiskIO
import HostModel
import Hosting
import TestSupport
import Testing

struct TokenTests {
    private let place: TemporaryDirectory
    private let host: AppHost
    private let name: AppID

    init() throws {
        place = try TemporaryDirectory()
        host = AppHost(rootPath: place.path + "/root", by: "test", now: { Timestamp(seconds: 1_777_629_600) })
        name = try #require(AppID("ci"))
    }

    @Test func `a token lets in who shows its text, and nobody else`() throws {
        let made = try host.newToken(name).token
        let token = try #require(made)
        #expect(try host.operatorToken(token)?.name == name)
        #expect(try host.operatorToken(.random(prefix: "apphost_")) == nil)
        #expect(try host.operatorToken(AccessToken(text: "")) == nil)
        #expect(try host.operatorToken(AccessToken(text: String(token.text.dropLast()))) == nil)
    }

    @Test func `a token is 32 bytes by chance, behind a word that says what it is`() throws {
        let first = try #require(try host.newToken(name).token).text
        let other = try #require(AppID("other"))
        let second = try #require(try host.newToken(other).token).text
        #expect(first.hasPrefix("apphost_"))
        #expect(Hex.bytes(first.dropFirst("apphost_".count).description.utf8)?.count == 32)
        #expect(first != second)
    }

    @Test func `only the digest is on disk, for the owner alone`() throws {
        let token = try #require(try host.newToken(name).token)
        let tree = try place.snapshot()
        let secret = String(token.text.dropFirst("apphost_".count))
        #expect(tree.filter { $0.value.contains(secret) }.map(\.key) == [])
        #expect(place.text("root/tokens.json")?.contains(token.digest.hex) == true)
        #expect(place.mode(of: "root/tokens.json") == 0o600)
    }

    @Test func `what is listed shows no digest`() throws {
        let kept = try host.newToken(name).kept
        #expect(try host.tokens() == [kept])
        #expect(kept.json.text == #"{"name":"ci","createdAt":"2026-05-01T10:00:00Z"}"#)
    }

    @Test func `a revoked token is out at once`() throws {
        let token = try #require(try host.newToken(name).token)
        _ = try host.revokeToken(name)
        #expect(try host.operatorToken(token) == nil)
        #expect(throws: TokenError.self) { try host.revokeToken(name) }
    }

    @Test func `a name is given once`() throws {
        let first = try #require(try host.newToken(name).token)
        #expect(throws: TokenError.self) { try host.newToken(name) }
        #expect(try host.operatorToken(first)?.name == name)
    }

    @Test func `a dry run makes no token and no root`() throws {
        #expect(try host.newToken(name, dryRun: true).token == nil)
        #expect(place.names() == [])
        _ = try host.newToken(name)
        let before = try place.snapshot()
        _ = try host.revokeToken(name, dryRun: true)
        #expect(try place.snapshot() == before)
    }

    @Test func `tokens that cannot be read let nobody in`() throws {
        let token = try #require(try host.newToken(name).token)
        try place.write("{}", to: "root/tokens.json", mode: 0o600)
        #expect(throws: RecordError.self) { try host.operatorToken(token) }
    }

    @Test func `the doctor knows what the server leaves`() async throws {
        _ = try host.newToken(name)
        let lock = try host.lockServer()
        try await host.auditLog().append(Samples.entry(200), flushes: true)
        let findings = try withExtendedLifetime(lock) { try host.examine(options: ChangeOptions()).findings }
        #expect(findings.filter { $0.severity == .problem }.map(\.place) == [])
    }
}

/// That the time of a comparison does not tell how much of a token is right.
struct ConstantTimeTests {
    @Test func `two digests are compared in a time that does not tell where they differ`() throws {
        let shown = AccessToken(text: "x")
        #expect(shown.matches(shown.digest))
        // The first byte differs, or only the last.
        let early = try changed(shown.digest, at: 0)
        let late = try changed(shown.digest, at: 31)

        var times: (early: [Double], late: [Double]) = ([], [])
        let clock = ContinuousClock()
        for round in 0..<2000 {
            // In turns, so that whatever else this machine does comes to both.
            let isEarly = round.isMultiple(of: 2)
            let digest = isEarly ? early : late
            var matches = 0
            let time = clock.measure { for _ in 0..<50 where shown.matches(digest) { matches += 1 } }
            #expect(matches == 0)
            let nanoseconds = Double(time.components.attoseconds) / 1e9
            if isEarly { times.early.append(nanoseconds) } else { times.late.append(nanoseconds) }
        }
        let statistic = welch(central(times.early), central(times.late))
        #expect(abs(statistic) < 5, "t = \(statistic)")
    }

    private func changed(_ digest: ContentDigest, at index: Int) throws -> ContentDigest {
        var bytes = digest.bytes
        bytes[index] ^= 1
        return try #require(ContentDigest(bytes: bytes))
    }

    /// Without what an interruption made long: the fastest nine tenths.
    private func central(_ times: [Double]) -> [Double] { Array(times.sorted().prefix(times.count * 9 / 10)) }

    /// Welch's t: how far apart two means are, in units of their uncertainty.
    private func welch(_ a: [Double], _ b: [Double]) -> Double {
        let (meanA, varianceA) = moments(a)
        let (meanB, varianceB) = moments(b)
        let uncertainty = (varianceA / Double(a.count) + varianceB / Double(b.count)).squareRoot()
        return uncertainty == 0 ? 0 : (meanA - meanB) / uncertainty
    }

    private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, squares / Double(values.count - 1))
    }
}
