import Bundles
import HostModel
import Storage
import Testing
import Updates

@testable import Signatures

/// `behaviour.md` 1, *Consent*, and `formats.md` 3, *Publisher*: what a careful person is asked, and what nobody is.
struct ConsentCheckTests {
    /// One thing that is different from an ordinary update, and what is asked then.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let asked: [Consent]
        let change: @Sendable (inout ConsentCheck) throws -> Void

        init(
            _ what: String, asks asked: [Consent], _ change: @escaping @Sendable (inout ConsentCheck) throws -> Void
        ) {
            testDescription = what
            self.asked = asked
            self.change = change
        }
    }

    /// Signed what is installed.
    private static let oldKey = PrivateKey.generate()
    /// Signed nothing before.
    private static let newKey = PrivateKey.generate()

    private static func trusted(old: KeyStatus = .active, newFor apps: [AppID]? = nil) throws -> TrustedKeys {
        var keys = TrustedKeys.empty
        try keys.add(TrustedKey(key: oldKey.publicKey, name: "old", status: old, addedAt: Samples.now))
        try keys.add(TrustedKey(key: newKey.publicKey, name: "new", apps: apps, addedAt: Samples.now))
        return keys
    }

    private static func vouching(good: [PrivateKey], admitting: [PrivateKey]) -> Vouching {
        Vouching(good: good.map(\.publicKey.keyid), admitting: admitting.map(\.publicKey.keyid))
    }

    private static func publisher(_ keys: [PrivateKey]) -> Publisher {
        Publisher(keyids: keys.map(\.publicKey.keyid))
    }

    private static func bad(_ byte: UInt8) throws -> AppRecord.KnownBad {
        .init(digest: try Samples.digest(byte), version: "1.1.0", reason: "rolled back", at: Samples.now)
    }

    /// An update 1.0.0 → 1.1.0 that asks for nothing: same permissions, same posture, same key.
    private static func ordinaryUpdate() throws -> ConsentCheck {
        ConsentCheck(
            installed: try Samples.manifest("1.0.0"), installedDigest: try Samples.digest(1),
            candidate: try Samples.manifest("1.1.0"), candidateDigest: try Samples.digest(2),
            vouching: vouching(good: [oldKey], admitting: [oldKey]), publisher: publisher([oldKey]), knownBad: [],
            trusted: try trusted())
    }

    static let rows: [Row] = [
        Row("an ordinary update", asks: []) { _ in },
        Row("a first install", asks: []) {
            $0.installed = nil
            $0.installedDigest = nil
            $0.publisher = nil
            $0.candidate = try Samples.manifest("1.1.0", permissions: ["data.write", "network.listen"])
        },

        Row("a permission more", asks: [.permissions]) {
            $0.candidate = try Samples.manifest("1.1.0", permissions: ["network.listen", "data.write"])
        },
        Row("one permission instead of another", asks: [.permissions]) {
            $0.candidate = try Samples.manifest("1.1.0", permissions: ["data.write"])
        },
        Row("a permission less", asks: []) { $0.candidate = try Samples.manifest("1.1.0", permissions: []) },
        Row("the permissions in another order", asks: []) {
            $0.installed = try Samples.manifest("1.0.0", permissions: ["a", "b"])
            $0.candidate = try Samples.manifest("1.1.0", permissions: ["b", "a"])
        },

        Row("another transport", asks: [.posture]) { $0.candidate = try Samples.manifest("1.1.0", transport: "stdio") },
        Row("a transport that was not known before", asks: []) {
            $0.installed = try Samples.manifest("1.0.0", transport: nil)
        },
        Row("a transport that is no longer said", asks: []) {
            $0.candidate = try Samples.manifest("1.1.0", transport: nil)
        },
        Row("another permission profile", asks: [.posture]) {
            $0.candidate = try Samples.manifest("1.1.0", profile: "desktop")
        },
        Row("a permission profile that is no longer said", asks: []) {
            $0.candidate = try Samples.manifest("1.1.0", profile: nil)
        },
        Row("another transport and another profile", asks: [.posture]) {
            $0.candidate = try Samples.manifest("1.1.0", transport: "stdio", profile: "desktop")
        },

        Row("signed by another trusted key", asks: [.publisher]) {
            $0.vouching = vouching(good: [newKey], admitting: [newKey])
        },
        Row("signed by both keys", asks: []) {
            $0.vouching = vouching(good: [oldKey, newKey], admitting: [oldKey, newKey])
        },
        Row("signed by both keys, of which the old one is retiring", asks: []) {
            $0.vouching = vouching(good: [oldKey, newKey], admitting: [newKey])
            $0.trusted = try trusted(old: .retiring)
        },
        Row("signed by both keys, of which the old one is retired", asks: [.publisher]) {
            $0.vouching = vouching(good: [oldKey, newKey], admitting: [newKey])
            $0.trusted = try trusted(old: .retired)
        },
        Row("signed by another key that is trusted for this app by name", asks: []) {
            $0.vouching = vouching(good: [newKey], admitting: [newKey])
            $0.trusted = try trusted(newFor: [Samples.app("wiki"), Samples.app("notes")])
        },
        Row("signed by another key, and nobody remembers the publisher", asks: []) {
            $0.vouching = vouching(good: [newKey], admitting: [newKey])
            $0.publisher = nil
        },
        Row("signed, where it was unsigned", asks: []) {
            $0.vouching = vouching(good: [newKey], admitting: [newKey])
            $0.publisher = .unsigned
        },
        Row("unsigned, where it was signed", asks: [.publisher, .unsigned]) { $0.vouching = nil },
        Row("unsigned, where it was unsigned", asks: [.unsigned]) {
            $0.vouching = nil
            $0.publisher = .unsigned
        },
        Row("unsigned, at a first install", asks: [.unsigned]) {
            $0.installed = nil
            $0.installedDigest = nil
            $0.publisher = nil
            $0.vouching = nil
        },
        Row("by another key, at an install over kept data", asks: [.publisher]) {
            $0.installed = nil
            $0.installedDigest = nil
            $0.vouching = vouching(good: [newKey], admitting: [newKey])
        },

        Row("known to be bad", asks: [.knownBad]) { $0.knownBad = [try bad(7), try bad(2)] },
        Row("another bundle is known to be bad", asks: []) { $0.knownBad = [try bad(7)] },
        Row("known to be bad, at an install over kept data", asks: [.knownBad]) {
            $0.installed = nil
            $0.installedDigest = nil
            $0.knownBad = [try bad(2)]
        },

        Row("an older version", asks: [.downgrade]) { $0.candidate = try Samples.manifest("0.9.0") },
        Row("a pre-release of the installed version", asks: [.downgrade]) {
            $0.candidate = try Samples.manifest("1.0.0-rc.1")
        },
        Row("another bundle of the same version", asks: [.downgrade]) { $0.candidate = try Samples.manifest("1.0.0") },
        Row("another bundle of an equal version", asks: [.downgrade]) { $0.candidate = try Samples.manifest("v1.0") },
        Row("a version that cannot be compared", asks: [.downgrade]) {
            $0.candidate = try Samples.manifest("summer")
        },
        Row("the installed bundle again", asks: []) {
            $0.candidate = try Samples.manifest("1.0.0")
            $0.candidateDigest = try Samples.digest(1)
        },

        Row("over a damaged manifest, no more than what is remembered", asks: []) {
            $0.installed = nil
            $0.remembered = .init(version: try Samples.version("1.0.0"), permissions: ["network.listen"])
        },
        Row("over a damaged manifest, a permission more", asks: [.permissions]) {
            $0.installed = nil
            $0.remembered = .init(version: try Samples.version("1.0.0"), permissions: [])
        },
        Row("over a damaged manifest, an older version", asks: [.downgrade]) {
            $0.installed = nil
            $0.remembered = .init(version: try Samples.version("2.0.0"), permissions: ["network.listen"])
        },
        Row("over a damaged manifest whose version nobody remembers", asks: [.downgrade]) {
            $0.installed = nil
            $0.remembered = .init(version: nil, permissions: ["network.listen"])
        },
        Row("the bundle again whose manifest is damaged", asks: []) {
            $0.installed = nil
            $0.remembered = .init(version: nil, permissions: ["network.listen"])
            $0.candidateDigest = try Samples.digest(1)
        },

        Row("everything at once", asks: [.permissions, .posture, .publisher, .knownBad, .downgrade, .unsigned]) {
            $0.candidate = try Samples.manifest("0.9.0", permissions: ["data.write"], transport: "stdio")
            $0.vouching = nil
            $0.knownBad = [try bad(2)]
        },
    ]

    @Test(arguments: ConsentCheckTests.rows)
    func `each question is asked where it arises, and nowhere else`(row: Row) throws {
        var check = try Self.ordinaryUpdate()
        try row.change(&check)
        #expect(check.questions().map(\.consent) == row.asked)
    }

    @Test func `a question says what it is about`() throws {
        var check = try Self.ordinaryUpdate()
        check.candidate = try Samples.manifest(
            "0.9.0", permissions: ["data.write", "data.read"], transport: "stdio", profile: "desktop")
        check.vouching = nil
        check.knownBad = [try Self.bad(2)]
        #expect(
            check.questions().map(\.text) == [
                "it asks for more: data.write, data.read",
                "it changes its transport from http to stdio and permission profile from network to desktop",
                "no key that vouched for this app signed it",
                "it was left before as bad (rolled back)",
                "it is older (0.9.0) than what is installed (1.0.0)",
                "nobody signed it",
            ])
    }

    @Test func `a version that is not newer is told apart from one that has no order`() throws {
        let texts = [
            "1.0.0": "it is another bundle of the same version (1.0.0)",
            "summer": "its version (summer) cannot be compared with 1.0.0",
        ]
        for (version, text) in texts {
            var check = try Self.ordinaryUpdate()
            check.candidate = try Samples.manifest(version)
            #expect(check.questions().map(\.text) == [text])
        }
    }
}
