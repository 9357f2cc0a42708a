import Bundles
import Catalogs
import HostModel
import Storage
import TestSupport
import Testing
import Updates

/// Random updates, each tried against what no policy may ever do.
struct EligibilityPropertyTests {
    private static let receipts: [JSONValue]? = try? [
        Reviews.listed(), Reviews.listed(.caution), Reviews.listed(.rejected),
    ]

    /// An update of which anything may be so or otherwise.
    private static func scene(_ random: inout SplitMix) throws -> Scene {
        var scene = try Scene()
        let permissions = ["data.write", "network.listen", "clock.read"]
        let transports = [nil, "http", "stdio"]
        let profiles = [nil, "network", "desktop"]
        let names = ["TOKEN", "THEME", "COLOUR"]

        func variables() -> [CatalogEntry.Variable] {
            random.some(of: names).map { name -> CatalogEntry.Variable in
                CatalogEntry.Variable(
                    name: name, required: random.isTrue(oneIn: 3), secret: random.isTrue(oneIn: 2),
                    defaultValue: random.isTrue(oneIn: 2) ? "hunter2" : nil)
            }
        }

        scene.installed.manifest = try Samples.manifest(
            "1.0.0", permissions: random.some(of: permissions), transport: random.one(of: transports),
            profile: random.one(of: profiles), environment: variables())
        let versions = ["1.1.0", "1.1.0", "1.1.0", "1.0.0", "0.9.0", "summer"]
        var entry = try Samples.entry(random.one(of: versions), digest: random.one(of: [1, 2, 2, 2]))
        // Usually no more than before, or hardly any case would be eligible.
        entry.permissions = scene.installed.manifest?.permissions ?? []
        if random.isTrue(oneIn: 4) { entry.permissions = random.some(of: permissions) }
        entry.transport = scene.installed.manifest?.transport?.rawValue
        if random.isTrue(oneIn: 4) { entry.transport = random.one(of: transports) }
        entry.permissionProfile = scene.installed.manifest?.permissionProfile
        if random.isTrue(oneIn: 4) { entry.permissionProfile = random.one(of: profiles) }
        entry.environment = variables()
        // Usually a good review, for the same reason.
        let all = try #require(receipts)
        entry.receipts = random.isTrue(oneIn: 3) ? random.some(of: all) : [all[0]]
        if random.isTrue(oneIn: 3) {
            entry.review = .init(status: random.one(of: CatalogEntry.Review.Status.allCases))
        }
        if random.isTrue(oneIn: 8) { entry.channel = "beta" }
        if random.isTrue(oneIn: 8) { entry.deprecation = .init(status: .deprecated) }
        if random.isTrue(oneIn: 8) { entry.requires.arch = ["aarch64"] }
        scene.entry = entry

        scene.supplied.environment = Set(random.some(of: names))
        scene.supplied.secrets = Set(random.some(of: names))
        scene.review.mode = random.one(of: ReviewMode.allCases)
        scene.policy.mode = random.one(of: UpdatePolicy.Mode.allCases)
        if random.isTrue(oneIn: 8) { scene.policy.hold = .forever }
        if random.isTrue(oneIn: 8) { scene.policy.cooldownSeconds = 60 }
        if random.isTrue(oneIn: 8) {
            scene.knownBad = [
                .init(digest: entry.digest, version: "1.1.0", reason: "rolled back", at: Samples.yesterday)
            ]
        }
        scene.isRunning = random.isTrue(oneIn: 3)
        return scene
    }

    /// What must be so of every update that a policy may apply, from what was put in, not from what the check says.
    private static func objections(to scene: Scene) throws -> [String] {
        let installed = try #require(scene.installed.manifest)
        let entry = scene.entry
        var objections: [String] = []
        if !Set(entry.permissions).isSubset(of: installed.permissions) { objections.append("it adds a permission") }
        let supplied = scene.supplied.environment.union(scene.supplied.secrets)
        let required = Set(installed.environment.filter(\.required).map(\.name))
        let unset = entry.environment.filter { $0.required && !supplied.contains($0.name) }
        if unset.contains(where: { $0.defaultValue == nil }) { objections.append("a required variable has no value") }
        if unset.contains(where: { !required.contains($0.name) }) { objections.append("it adds a required variable") }
        if let from = installed.transport?.rawValue, let to = entry.transport, from != to {
            objections.append("it changes its transport")
        }
        if let from = installed.permissionProfile, let to = entry.permissionProfile, from != to {
            objections.append("it changes its profile")
        }
        if entry.version.order(to: installed.version) != .newer { objections.append("it is not newer") }
        if scene.knownBad.contains(where: { $0.digest == entry.digest }) { objections.append("it is known to be bad") }
        if scene.policy.hold != nil { objections.append("it is held") }
        if scene.policy.cooldownSeconds > 0 { objections.append("it cools") }
        if entry.channel != "stable" { objections.append("its channel is not taken") }
        if entry.deprecation.status == .deprecated { objections.append("it is deprecated") }
        if entry.requires.arch != nil { objections.append("it does not fit") }
        return objections
    }

    @Test(arguments: 0..<20)
    func `no update that asks for more, changes posture or is not sound is ever applied by policy`(round: Int) throws {
        var random = SplitMix(seed: UInt64(round) &* 0x1234_5678_9ABC_DEF1)
        var eligible = 0
        for number in 0..<200 {
            let scene = try Self.scene(&random)
            let result = try scene.result()
            let place: Comment = "round \(round), number \(number)"
            if result.eligible.apply {
                eligible += 1
                #expect(try Self.objections(to: scene) == [], place)
                #expect(result.consents == [], place)
                let isReviewed = result.review?.status.isPositive == true
                let isClaimed =
                    result.review?.status == .publisherClaimOnly && scene.entry.review?.status == .reviewed
                    && scene.review.mode == .advisory
                #expect(isReviewed || isClaimed, place)
            } else if result.status == .upgradeAvailable {
                #expect(!result.blockedBy.isEmpty, place)
            }
            if result.gates.action == .apply {
                #expect(result.eligible.apply && !scene.isRunning && scene.policy.mode == .applyWhenStopped, place)
            }
            if result.gates.action == .stage { #expect(result.eligible.stage, place) }
            #expect(result.json.keys.count == 25, place)
            for variable in result.drift?.environment.added ?? [] where variable.secret {
                #expect(variable.defaultValue == nil, place)
            }
        }
        // A property that holds because nothing is ever eligible says nothing.
        #expect(eligible > 0)
    }
}

extension SplitMix {
    fileprivate mutating func isTrue(oneIn count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    /// Each of `values` or not.
    fileprivate mutating func some<Value>(of values: [Value]) -> [Value] {
        var chosen: [Value] = []
        for value in values where isTrue(oneIn: 2) { chosen.append(value) }
        return chosen
    }

    fileprivate mutating func one<Value>(of values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }
}
