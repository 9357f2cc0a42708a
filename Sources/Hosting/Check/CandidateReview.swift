import Bundles
import Catalogs
import HostModel
import Storage
import Updates

/// Everything that somebody looks at before they let an update in: read at once, so that its parts fit together.
package struct CandidateReview: Sendable, JSONRepresentable {
    let check: AppCheck
    /// What waits for apply; nil where nothing does.
    let staged: Staged?
    let isRunning: Bool

    struct Staged: Sendable {
        let version: BundleVersion
        let digest: ContentDigest
        /// How it differs from what is installed, as its own manifest says it; nil where the check tells that, or the
        /// installed manifest cannot be read.
        let changes: JSONValue?
    }

    package var app: AppID { check.app }

    package var json: JSONValue {
        let result = check.result
        let candidate = result.candidate?.entry.digest
        let consents = result.consents.map { question -> JSONValue in
            ["consent": question.consent.rawValue, "text": question.text]
        }
        let waiting = staged.map { staged -> JSONValue in
            [
                "version": staged.version, "digest": staged.digest, "isCandidate": staged.digest == candidate,
                "changes": staged.changes,
            ]
        }
        return [
            "app": check.app, "check": check, "verdict": result.review.map { check.verdict(of: $0) },
            "consents": consents, "missing": result.drift?.environment.missing ?? [], "gates": result.gates.gates,
            "action": result.gates.action.rawValue, "staged": waiting, "running": isRunning,
        ]
    }
}

/// The reviews of several apps, and how the catalogs are that they were made from.
package struct CandidateReviews: Sendable, JSONRepresentable {
    package let reviews: [CandidateReview]
    let catalogs: [CheckedCatalog]

    package var json: JSONValue { ["schema": 1, "catalogs": catalogs, "results": reviews] }
}

extension AppHost {
    /// What there is to look at before an app is updated, from what is stored now. Requests nothing, changes nothing.
    ///
    /// - Throws: `app_not_installed`, or why what is recorded of the app cannot be read.
    package func review(_ id: AppID, warn: (String) -> Void = { _ in }) throws -> CandidateReview {
        try review(id, by: checkReadings(), warn: warn)
    }

    /// The same of every installed app. One that cannot be read hides no other.
    ///
    /// - Parameter warn: told of each that cannot be read.
    package func reviews(warn: (String) -> Void = { _ in }) throws -> CandidateReviews {
        let readings = try checkReadings()
        var reviews: [CandidateReview] = []
        for id in try readings.root?.appIDs() ?? [] {
            do { reviews.append(try review(id, by: readings, warn: warn)) } catch StorageError.notInstalled(_) {
                // What was uninstalled keeps a directory.
                continue
            } catch let failure as any Failure {
                warn(failure.message)
            }
        }
        return CandidateReviews(reviews: reviews, catalogs: readings.catalogs)
    }

    private func review(
        _ id: AppID, by readings: CheckReadings, warn: (String) -> Void
    ) throws -> CandidateReview {
        let input = try checkInput(of: id, by: readings)
        var check = AppCheck(result: UpdateCheck.of(input), staged: input.staged?.digest, by: readings)
        check.schedule = schedule(for: id, by: readings, warn: warn)
        let isCandidate = input.staged?.digest == check.result.candidate?.entry.digest
        let staged = input.staged.map { staged in
            CandidateReview.Staged(
                version: staged.manifest.version, digest: staged.digest,
                changes: isCandidate ? nil : changes(to: staged.manifest, input))
        }
        return CandidateReview(check: check, staged: staged, isRunning: input.isRunning)
    }

    private func changes(to staged: Manifest, _ input: CheckInput) -> JSONValue? {
        guard let installed = input.installed.manifest else { return nil }
        let (before, after) = (Declaration(installed), Declaration(staged))
        let environment = EnvironmentDrift(from: before, to: after, supplied: input.supplied)
        return [
            "permissionDelta": PermissionDelta(from: before, to: after), "environmentDrift": environment,
            "missing": environment.missing, "configurationDrift": ConfigurationDrift(from: before, to: after),
            "compatibility": Compatibility.of(staged, on: platform).word,
        ]
    }
}
