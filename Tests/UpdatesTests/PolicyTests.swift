import HostModel
import Storage
import Testing
import Updates

/// `behaviour.md` 4: what a policy does, a hold, and a cooldown.
struct PolicyTests {
    @Test(
        arguments: [
            (.manual, true, true, false, .nothing), (.manual, true, true, true, .nothing),
            (.stage, true, true, false, .stage), (.stage, true, false, true, .stage),
            (.stage, false, false, false, .nothing),
            (.applyWhenStopped, true, true, false, .apply), (.applyWhenStopped, true, true, true, .nothing),
            (.applyWhenStopped, true, false, false, .nothing), (.applyWhenStopped, false, false, false, .nothing),
        ] as [(UpdatePolicy.Mode, Bool, Bool, Bool, PolicyAction)])
    func `each policy does what it is for, and never to an app that runs`(
        mode: UpdatePolicy.Mode, stage: Bool, apply: Bool, isRunning: Bool, expected: PolicyAction
    ) {
        let policy = UpdatePolicy(mode: mode)
        #expect(policy.action(for: Eligibility(stage: stage, apply: apply), isRunning: isRunning) == expected)
    }

    @Test func `nobody who chose nothing has anything done`() {
        let policy = UpdatePolicy()
        #expect(policy.mode == .manual)
        #expect(policy.channels == ["stable"])
        #expect(policy.cooldownSeconds == 0)
        #expect(policy.hold == nil)
    }

    @Test func `what may not be staged may not be applied`() {
        #expect(Eligibility(stage: false, apply: true) == Eligibility(stage: false, apply: false))
    }

    @Test func `a hold ends at its moment`() {
        let hold = UpdatePolicy.Hold.until(Samples.now)
        #expect(hold.isHeld(at: Timestamp(seconds: Samples.now.seconds - 1)))
        #expect(!hold.isHeld(at: Samples.now))
        #expect(UpdatePolicy.Hold.forever.isHeld(at: Timestamp(seconds: Int64.max)))
    }

    @Test func `what an app does not choose for itself is the host's`() throws {
        let minute = try #require(Span(seconds: 60))
        var recorded = AppRecord.Policy()
        let hosts = UpdatePolicy(recorded, channels: ["beta"], cooldown: minute)
        #expect(hosts == UpdatePolicy(channels: ["beta"], cooldownSeconds: 60))
        recorded.mode = .stage
        recorded.channels = ["stable", "edge"]
        recorded.cooldown = .zero
        recorded.hold = .until(Samples.now)
        let own = UpdatePolicy(recorded, channels: ["beta"], cooldown: minute)
        #expect(own == UpdatePolicy(mode: .stage, channels: ["stable", "edge"], hold: .until(Samples.now)))
    }

    // MARK: Cooldown

    @Test func `a cooldown ends exactly when its time is over`() {
        let cooldown = Cooldown(firstSeen: Samples.yesterday, seconds: 86_400)
        #expect(cooldown.end == Samples.now)
        #expect(cooldown.isCooling(at: Timestamp(seconds: Samples.now.seconds - 1)))
        #expect(!cooldown.isCooling(at: Samples.now))
    }

    @Test(arguments: [Int64.max, 300_000_000_000])
    func `a cooldown without end has one that can be written`(seconds: Int64) {
        let cooldown = Cooldown(firstSeen: Samples.now, seconds: seconds)
        #expect(cooldown.end.description == "9999-12-31T23:59:59Z")
        #expect(cooldown.isCooling(at: Samples.tomorrow))
    }

    @Test func `no cooldown cools nothing`() {
        for seconds: Int64 in [0, -1] {
            #expect(!Cooldown(firstSeen: Samples.now, seconds: seconds).isCooling(at: Samples.now))
        }
    }

    // MARK: Sightings

    @Test func `the first sighting of a bundle stays`() throws {
        let digest = try Samples.digest(2)
        let once = Sightings().noting(digest, at: Samples.yesterday)
        #expect(once.noting(digest, at: Samples.now) == once)
        #expect(once.firstSeen(digest) == Samples.yesterday)
        let other = try Samples.digest(3)
        #expect(once.firstSeen(other) == nil)
        #expect(once.noting(other, at: Samples.now).firstSeen(digest) == Samples.yesterday)
    }

    @Test func `a sighting in the future is now`() throws {
        let digest = try Samples.digest(2)
        let wrong = Sightings().noting(digest, at: Samples.tomorrow)
        let right = wrong.noting(digest, at: Samples.now)
        #expect(right.all == [Sighting(digest: digest, firstSeen: Samples.now)])
    }

    @Test func `the oldest sightings are forgotten`() throws {
        var sightings = Sightings()
        for byte in 0..<UInt8(Sightings.limit + 2) {
            sightings = sightings.noting(try Samples.digest(byte), at: Samples.now)
        }
        #expect(sightings.all.count == Sightings.limit)
        let (forgotten, kept) = (try Samples.digest(1), try Samples.digest(2))
        #expect(sightings.firstSeen(forgotten) == nil)
        #expect(sightings.firstSeen(kept) == Samples.now)
    }

    @Test func `a check notes its candidate once, and keeps what it knew`() throws {
        var scene = try Scene()
        let (old, new) = (try Samples.digest(9), try Samples.digest(2))
        scene.sightings = Sightings([Sighting(digest: old, firstSeen: Samples.yesterday)])
        let first = try scene.result().sightings
        #expect(first.firstSeen(new) == Samples.now)
        #expect(first.firstSeen(old) == Samples.yesterday)

        scene.sightings = first
        scene.now = Samples.tomorrow
        #expect(try scene.result().sightings == first)

        // What is installed is no candidate, and what cannot be believed is not seen.
        scene.entry = try Samples.entry("1.0.0", digest: 1)
        #expect(try scene.result().sightings == first)
        scene.knowsCatalog = false
        #expect(try scene.result().sightings == first)
    }
}
