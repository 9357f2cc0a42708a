import Bundles
import Catalogs
import HostModel

/// What would change for one app, and who may let it. It changes nothing, downloads nothing and never fails: a pure
/// function of its input, asked again before anything is staged or applied.
package enum UpdateCheck {
    package static func of(_ input: CheckInput) -> CheckResult {
        let finding = CandidateSearch(input: input).run()
        let gates = HeadGates(input: input, finding: finding).all
        guard let listed = finding.candidate, let manifest = input.installed.manifest,
            listed.entry.digest != input.installed.digest
        else { return result(input, finding, prospect: nil, gates: gates + TailGates.notAsked) }

        let prospect = Prospect(listed, over: manifest, input)
        guard finding.status == .upgradeAvailable else {
            return result(input, finding, prospect: prospect, gates: gates + TailGates.notAsked)
        }
        let tail = TailGates(input: input, entry: listed.entry, prospect: prospect).all
        return result(input, finding, prospect: prospect, gates: gates + tail)
    }

    private static func result(
        _ input: CheckInput, _ finding: Finding, prospect: Prospect?, gates: [Gate]
    ) -> CheckResult {
        let version = input.installed.version
        let elsewhere = input.catalogs.filter { catalog in
            catalog.name != finding.catalogName && catalog.refusal == nil && catalog.lists(input.app)
        }
        return CheckResult(
            app: input.app, catalog: finding.catalogName, status: finding.status, currentVersion: version,
            currentDigest: input.installed.digest, candidate: finding.candidate,
            comparison: VersionComparison(installed: version, candidate: finding.candidate?.entry.version),
            drift: finding.status == .upgradeAvailable ? prospect?.drift : nil, review: prospect?.review,
            consents: prospect?.consents ?? [],
            gates: GateReport(gates, policy: input.policy, isRunning: input.isRunning),
            sightings: prospect?.sightings ?? input.sightings, alsoListedIn: elsewhere.map(\.name))
    }
}

/// What installing a candidate would mean.
struct Prospect {
    let drift: Drift
    let review: ReviewEvaluation
    /// What it would ask for by hand, as far as its catalog says.
    let consents: [ConsentQuestion]
    /// With this candidate among them.
    let sightings: Sightings
    let cooldown: Cooldown

    init(_ listed: ListedEntry, over manifest: Manifest, _ input: CheckInput) {
        let entry = listed.entry
        let installed = Declaration(manifest)
        // Once a bundle is here it speaks for itself.
        let staged = input.staged.flatMap { $0.digest == entry.digest ? $0.manifest : nil }
        let candidate = staged.map { Declaration($0) } ?? Declaration(entry)
        drift = Drift(
            permissions: PermissionDelta(from: installed, to: candidate),
            environment: EnvironmentDrift(from: installed, to: candidate, supplied: input.supplied),
            configuration: ConfigurationDrift(from: installed, to: candidate),
            compatibility: staged.map { Compatibility.of($0, on: input.platform) }
                ?? Compatibility.of(entry.requires, on: input.platform))
        review = ReviewEvaluation.of(listed, by: input.review, at: input.now)
        consents = EntryConsent(
            installed: installed, installedVersion: manifest.version, candidate: candidate, entry: entry,
            newCatalog: input.newCatalog, review: review, reviewMode: input.review.mode, knownBad: input.knownBad
        ).questions()
        sightings = input.sightings.noting(entry.digest, at: input.now)
        cooldown = Cooldown(
            firstSeen: sightings.firstSeen(entry.digest) ?? input.now, seconds: input.policy.cooldownSeconds)
    }
}

extension CheckInput {
    /// The catalog that was asked for, where the app did not come from it.
    fileprivate var newCatalog: AppID? {
        guard let catalog, let source = installed.source else { return nil }
        return BundleOrigin(source: source).catalogName == catalog ? nil : catalog
    }
}
