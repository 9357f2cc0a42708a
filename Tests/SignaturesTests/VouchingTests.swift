import HostModel
import Testing

@testable import Signatures

/// The decision of `formats.md` 2.3 and 3, rule by rule and then as a whole.
struct VouchingTests {
    private static let now = Timestamp(seconds: 1_800_000_000)
    private static let before = Timestamp(seconds: 1_799_999_999)
    private static let after = Timestamp(seconds: 1_800_000_001)

    private func judge(
        _ envelope: Envelope, _ trusted: TrustedKeys, as standing: Standing = .new
    ) throws -> Vouching {
        try Vouching.judge(envelope, by: trusted, for: Samples.app("notes"), as: standing, at: Self.now)
    }

    @Test(arguments: KeyStatus.allCases, [Standing.new, Standing.installed])
    func `each status admits what it is for`(status: KeyStatus, standing: Standing) throws {
        let entry = try Samples.trusted(1, name: "notes", status: status)
        let trusted = try Samples.trustedKeys(entry)
        let envelope = try Samples.envelope(signedBy: 1)
        switch (status, standing) {
        case (.active, _), (.retiring, .installed), (.retired, .installed):
            let expected = Vouching(good: [entry.keyid], admitting: [entry.keyid])
            #expect(try judge(envelope, trusted, as: standing) == expected)
        case (.retiring, .new), (.retired, .new):
            #expect(throws: SignatureError.keyRetired(name: "notes", status: status)) {
                try judge(envelope, trusted, as: standing)
            }
        case (.revoked, _):
            #expect(throws: SignatureError.keyRevoked(name: "notes")) {
                try judge(envelope, trusted, as: standing)
            }
        }
    }

    @Test func `validity includes its first and its last second`() throws {
        let envelope = try Samples.envelope(signedBy: 1)
        let inside: [(Timestamp?, Timestamp?)] = [
            (nil, nil), (Self.now, nil), (nil, Self.now), (Self.now, Self.now), (Self.before, Self.after),
        ]
        for (from, until) in inside {
            let entry = try Samples.trusted(1, name: "notes", validFrom: from, validUntil: until)
            #expect(try judge(envelope, Samples.trustedKeys(entry)).admitting == [entry.keyid])
        }
    }

    @Test func `out of validity a key admits nothing new, and still stands for what is installed`() throws {
        let envelope = try Samples.envelope(signedBy: 1)
        let outside: [(Timestamp?, Timestamp?)] = [(Self.after, nil), (nil, Self.before), (Self.before, Self.before)]
        for (from, until) in outside {
            let entry = try Samples.trusted(1, name: "notes", validFrom: from, validUntil: until)
            let trusted = try Samples.trustedKeys(entry)
            let expected = SignatureError.keyOutOfValidity(name: "notes", from: from, until: until, now: Self.now)
            #expect(throws: expected) { try judge(envelope, trusted) }
            #expect(try judge(envelope, trusted, as: .installed).admitting == [entry.keyid])
        }
    }

    @Test(arguments: [Standing.new, Standing.installed])
    func `a key for reviews or for nothing does not vouch for bundles`(standing: Standing) throws {
        let envelope = try Samples.envelope(signedBy: 1)
        let allPurposes: [Set<Purpose>] = [[.review], []]
        for purposes in allPurposes {
            let trusted = try Samples.trustedKeys(Samples.trusted(1, name: "reviewer", purposes: purposes))
            #expect(throws: SignatureError.keyNotForBundles(name: "reviewer")) {
                try judge(envelope, trusted, as: standing)
            }
        }
    }

    @Test(arguments: [Standing.new, Standing.installed])
    func `a key limited to other apps does not vouch for this one`(standing: Standing) throws {
        let envelope = try Samples.envelope(signedBy: 1)
        let limited = try Samples.trustedKeys(Samples.trusted(1, name: "wiki", apps: ["wiki"]))
        let expected = try SignatureError.keyNotForApp(name: "wiki", app: Samples.app("notes"))
        #expect(throws: expected) { try judge(envelope, limited, as: standing) }
        let entry = try Samples.trusted(1, name: "both", apps: ["wiki", "notes"])
        #expect(try judge(envelope, Samples.trustedKeys(entry), as: standing).admitting == [entry.keyid])
    }

    @Test func `with unknown keys alone nobody admits`() throws {
        let envelope = try Samples.envelope(signedBy: 1, 2)
        let expected = SignatureError.keyUnknown(keyids: envelope.signatures.map(\.keyid))
        #expect(throws: expected) { try judge(envelope, TrustedKeys.empty) }
        let others = try Samples.trustedKeys(Samples.trusted(3, name: "notes"))
        #expect(throws: expected) { try judge(envelope, others) }
    }

    @Test func `an unknown keyid is ignored, whatever stands under it`() throws {
        let entry = try Samples.trusted(1, name: "notes")
        let signed = try Samples.envelope(signedBy: 1)
        let strange = [
            EnvelopeSignature(keyid: "anything", signature: []),
            EnvelopeSignature(keyid: "", signature: [1, 2, 3]),
            EnvelopeSignature(keyid: try Samples.trusted(2, name: "x").keyid.hex, signature: [0]),
        ]
        let envelope = Envelope(
            payloadType: signed.payloadType, payload: signed.payload, signatures: strange + signed.signatures)
        let expected = Vouching(good: [entry.keyid], admitting: [entry.keyid])
        #expect(try judge(envelope, Samples.trustedKeys(entry)) == expected)
    }

    @Test(arguments: KeyStatus.allCases, [Standing.new, Standing.installed])
    func `a bad signature by a known key refuses, even beside a good one`(
        status: KeyStatus, standing: Standing
    ) throws {
        let good = try Samples.trusted(1, name: "good")
        let allPurposes: [Set<Purpose>] = [[.bundle], [.review], []]
        for purposes in allPurposes {
            let bad = try Samples.trusted(2, name: "bad", purposes: purposes, apps: ["wiki"], status: status)
            let trusted = try Samples.trustedKeys(good, bad)
            let signed = try Samples.envelope(signedBy: 1)
            let spoilt = EnvelopeSignature(keyid: bad.keyid.hex, signature: signed.signatures[0].signature)
            let envelope = Envelope(
                payloadType: signed.payloadType, payload: signed.payload, signatures: signed.signatures + [spoilt])
            #expect(throws: SignatureError.signatureInvalid(keyid: bad.keyid, name: "bad")) {
                try judge(envelope, trusted, as: standing)
            }
        }
    }

    @Test func `a changed payload or type makes every signature bad`() throws {
        let entry = try Samples.trusted(1, name: "notes")
        let trusted = try Samples.trustedKeys(entry)
        let signed = try Samples.envelope(signedBy: 1)
        let changed = [
            Envelope(payloadType: signed.payloadType, payload: [0], signatures: signed.signatures),
            Envelope(payloadType: "text/plain", payload: signed.payload, signatures: signed.signatures),
        ]
        for envelope in changed {
            #expect(throws: SignatureError.signatureInvalid(keyid: entry.keyid, name: "notes")) {
                try judge(envelope, trusted)
            }
        }
    }

    @Test func `good keys that do not admit are kept apart from those that do`() throws {
        let active = try Samples.trusted(1, name: "active")
        let retiring = try Samples.trusted(2, name: "retiring", status: .retiring)
        let retired = try Samples.trusted(3, name: "retired", status: .retired)
        let revoked = try Samples.trusted(4, name: "revoked", status: .revoked)
        let reviewer = try Samples.trusted(5, name: "reviewer", purposes: [.review])
        let other = try Samples.trusted(6, name: "other", apps: ["wiki"])
        let trusted = try Samples.trustedKeys(active, retiring, retired, revoked, reviewer, other)
        let envelope = try Samples.envelope(signedBy: 6, 5, 4, 3, 2, 1)
        let good = [active.keyid, retiring.keyid, retired.keyid].sorted()
        #expect(try judge(envelope, trusted) == Vouching(good: good, admitting: [active.keyid]))
        #expect(try judge(envelope, trusted, as: .installed) == Vouching(good: good, admitting: good))
    }

    @Test func `the order of the signatures in the file does not matter`() throws {
        let trusted = try Samples.trustedKeys(
            Samples.trusted(1, name: "one"), Samples.trusted(2, name: "two"), Samples.trusted(3, name: "three"))
        let envelope = try Samples.envelope(signedBy: 1, 2, 3)
        let reversed = Envelope(
            payloadType: envelope.payloadType, payload: envelope.payload, signatures: envelope.signatures.reversed())
        let vouching = try judge(envelope, trusted)
        #expect(try judge(reversed, trusted) == vouching)
        #expect(vouching.good == vouching.good.sorted())
        #expect(vouching.good.count == 3)
    }

    @Test func `of several reasons the most telling one is given`() throws {
        let entries = [
            try Samples.trusted(1, name: "revoked", status: .revoked),
            try Samples.trusted(2, name: "retired", status: .retired),
            try Samples.trusted(3, name: "expired", validUntil: Self.before),
            try Samples.trusted(4, name: "other", apps: ["wiki"]),
            try Samples.trusted(5, name: "reviewer", purposes: [.review]),
        ]
        let codes: [FailureCode] = [
            .bundleKeyRevoked, .bundleKeyRetired, .bundleKeyOutOfValidity, .bundleKeyNotForApp, .bundleKeyNotForBundles,
        ]
        var trusted = TrustedKeys.empty
        for entry in entries { try trusted.add(entry) }
        for first in entries.indices {
            for second in first..<entries.count {
                // Key 9 is unknown and says least.
                let envelope = try Samples.envelope(signedBy: UInt8(first + 1), UInt8(second + 1), 9)
                let error = #expect(throws: SignatureError.self) { try judge(envelope, trusted) }
                #expect(error?.code == codes[first], "\(entries[first].name) and \(entries[second].name)")
            }
        }
    }

    /// Every combination of what an entry may say, against the rules written as one table.
    @Test(arguments: KeyStatus.allCases, [Standing.new, Standing.installed])
    func `every combination is judged by the table`(status: KeyStatus, standing: Standing) throws {
        let envelope = try Samples.envelope(signedBy: 1)
        let validities: [(Timestamp?, Timestamp?)] = [(nil, nil), (Self.after, nil), (nil, Self.before)]
        let allPurposes: [Set<Purpose>] = [[.bundle], [.review], [.bundle, .review], []]
        let allApps: [[String]?] = [nil, ["notes"], ["wiki"]]
        for (from, until) in validities {
            for purposes in allPurposes {
                for apps in allApps {
                    let entry = try Samples.trusted(
                        1, name: "notes", purposes: purposes, apps: apps, status: status, validFrom: from,
                        validUntil: until)
                    let isNew = standing == .new
                    let isInactive = isNew && status != .active
                    let isOutside = isNew && (from != nil || until != nil)
                    let isForOthers = apps?.contains("notes") == false
                    let isForReviews = !purposes.contains(.bundle)
                    let expected: FailureCode? =
                        if status == .revoked {
                            .bundleKeyRevoked
                        } else if isInactive {
                            .bundleKeyRetired
                        } else if isOutside {
                            .bundleKeyOutOfValidity
                        } else if isForOthers {
                            .bundleKeyNotForApp
                        } else if isForReviews {
                            .bundleKeyNotForBundles
                        } else {
                            nil
                        }
                    var found: FailureCode?
                    do {
                        let vouching = try judge(envelope, Samples.trustedKeys(entry), as: standing)
                        #expect(vouching == Vouching(good: [entry.keyid], admitting: [entry.keyid]))
                    } catch let error as SignatureError {
                        found = error.code
                    }
                    #expect(found == expected, "\(entry.json.text) as \(standing)")
                }
            }
        }
    }

    @Test func `a failure says its sentence and the next command`() {
        let invalid = SignatureError.keyRetired(name: "notes", status: .retiring)
        #expect(invalid.message == "key 'notes', which signed it, is retiring and admits nothing new")
        #expect(invalid.help?.hasSuffix("'apphost trust status notes active'") == true)

        let unknown = SignatureError.keyUnknown(keyids: ["0123456789abcdef", "b\u{1B}", "c", "d", "e", "f"])
        #expect(unknown.message == "no trusted key signed it, only '0123456789ab', 'b\\u{1b}', 'c', 'd' and 2 more")

        let late = SignatureError.keyOutOfValidity(
            name: "notes", from: nil, until: Timestamp(seconds: 0), now: Timestamp(seconds: 1))
        let validity = "is valid until 1970-01-01T00:00:00Z, and now it is 1970-01-01T00:00:01Z"
        #expect(late.message == "key 'notes', which signed it, \(validity)")
    }
}
