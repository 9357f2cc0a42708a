import HostModel
import Hosting
import TestSupport

/// One thing that is done to the app `notes` or to its host.
enum HistoryStep: Sendable, Equatable {
    case install(Workshop.Version, Set<Consent>)
    case update(Workshop.Version, Set<Consent>)
    case stage(Workshop.Version, Set<Consent>)
    case apply(Set<Consent>)
    case unstage
    case rollback(Workshop.Version?)
    case uninstall(purge: Bool)
    case retention(Int)
    /// The app runs, and has directories of its own from then on.
    case use
    case restart

    enum Kind: CaseIterable, Sendable {
        case install, update, stage, apply, unstage, rollback, uninstall, purge, retention, use, restart

        /// How often it comes, beside the others.
        var weight: Int {
            switch self {
            case .update: 6
            case .install, .rollback: 4
            case .stage, .apply: 3
            case .unstage, .uninstall, .purge, .retention, .use, .restart: 1
            }
        }

        /// The use case that makes about as many calls; nil where there is nothing to kill.
        var useCase: UseCase? {
            switch self {
            case .install: .install
            case .update: .updateAndTrim
            case .stage: .stageAgain
            case .apply: .apply
            case .unstage: .unstage
            case .rollback: .rollbackToOlder
            case .uninstall: .uninstall
            case .purge: .purge
            case .retention: .changeSettings
            case .use, .restart: nil
            }
        }

        static let bag: [Kind] = allCases.flatMap { Array(repeating: $0, count: $0.weight) }
    }

    static func make(_ kind: Kind, using random: inout SplitMix) -> HistoryStep {
        let version = Workshop.Version.allCases.randomElement(using: &random) ?? .first
        let accepted = consents.randomElement(using: &random) ?? []
        let number = Int.random(in: 1...4, using: &random)
        switch kind {
        case .install: return .install(version, accepted)
        case .update: return .update(version, accepted)
        case .stage: return .stage(version, accepted)
        case .apply: return .apply(accepted)
        case .unstage: return .unstage
        case .rollback: return .rollback(number == 1 ? version : nil)
        case .uninstall: return .uninstall(purge: false)
        case .purge: return .uninstall(purge: true)
        case .retention: return .retention(number)
        case .use: return .use
        case .restart: return .restart
        }
    }

    /// What is mostly consented to is everything, or histories would be full of refusals.
    private static let consents: [Set<Consent>] = [
        [.knownBad, .downgrade], [.knownBad, .downgrade], [.knownBad, .downgrade], [.knownBad], [.downgrade], [],
    ]
}

extension HistoryStep: CustomStringConvertible {
    var description: String {
        switch self {
        case .install(let version, let accepted): "install \(version.rawValue)\(Self.words(accepted))"
        case .update(let version, let accepted): "update \(version.rawValue)\(Self.words(accepted))"
        case .stage(let version, let accepted): "stage \(version.rawValue)\(Self.words(accepted))"
        case .apply(let accepted): "apply\(Self.words(accepted))"
        case .unstage: "unstage"
        case .rollback(let version): "rollback" + (version.map { " --to \($0.rawValue)" } ?? "")
        case .uninstall(let purge): purge ? "uninstall --purge" : "uninstall"
        case .retention(let number): "retention=\(number)"
        case .use: "use"
        case .restart: "restart"
        }
    }

    private static func words(_ accepted: Set<Consent>) -> String {
        accepted.isEmpty ? "" : " --accept " + accepted.map(\.rawValue).sorted().joined(separator: ",")
    }
}

/// What became of a step, as it was said, or as the model has it.
enum HistoryVerdict: Sendable, Equatable, CustomStringConvertible {
    case done, unchanged
    case refused(FailureCode)
    /// What no step may ever say here.
    case wrong(String)

    var description: String {
        switch self {
        case .done: "done"
        case .unchanged: "unchanged"
        case .refused(let code): "refused as \(code.rawValue)"
        case .wrong(let what): what
        }
    }
}

extension HistoryStep {
    /// Does it.
    func perform(_ trial: Trial) async -> HistoryVerdict {
        do {
            switch self {
            case .retention(let number): try trial.set("retention", to: "\(number)")
            case .use: if trial.place.exists("root/apps/notes/installed") { try trial.makeOwned() }
            case .restart:
                let failures = trial.host.recover()
                if !failures.isEmpty { return .wrong("recovery failed: \(failures.map { "\($0)" })") }
            case .install, .update, .stage, .apply, .unstage, .rollback, .uninstall:
                if try await change(trial)?.outcome == .unchanged { return .unchanged }
            }
            return .done
        } catch let failure as any Failure {
            guard failure.state == .unchanged else { return .wrong("\(failure.state.rawValue): \(failure)") }
            return .refused(failure.code)
        } catch {
            return .wrong("\(error)")
        }
    }

    /// - Returns: nil where it changes no app.
    private func change(_ trial: Trial) async throws -> ChangeResult? {
        let host = trial.host
        let id = Trial.notes
        switch self {
        case .install(let version, let accepted):
            return try await host.install(trial.workshop.archive(version), options: ChangeOptions(accepted: accepted))
        case .update(let version, let accepted):
            return try await host.update(
                id, from: trial.workshop.archive(version), onlyStage: false, options: ChangeOptions(accepted: accepted))
        case .stage(let version, let accepted):
            return try await host.update(
                id, from: trial.workshop.archive(version), onlyStage: true, options: ChangeOptions(accepted: accepted))
        case .apply(let accepted): return try await host.apply(id, options: ChangeOptions(accepted: accepted))
        case .unstage: return try await host.unstage(id, options: ChangeOptions())
        case .rollback(let version):
            let target = version.flatMap { BundleVersion($0.rawValue) }
            return try await host.rollback(id, to: target, options: ChangeOptions())
        case .uninstall(let purge):
            return try await host.uninstall(id, purge: purge, options: ChangeOptions()).0
        case .retention, .use, .restart: return nil
        }
    }

    /// Whether its point of no return came, told from the plain files before it and after it was killed.
    func isCommitted(from before: Tree, to after: Tree) -> Bool {
        let app = "root/apps/notes/"
        func hasChanged(_ path: String) -> Bool { before[path] != after[path] }
        switch self {
        case .install, .update, .apply, .rollback: return hasChanged(app + "installed/" + Workshop.receipt)
        case .stage: return hasChanged(app + "staged/" + Workshop.receipt)
        // To announce these is to do them; the line comes before the journal goes.
        case .unstage, .uninstall: return after[app + "journal.json"] != nil || hasChanged(app + "history.jsonl")
        case .retention: return hasChanged("root/config.json")
        case .use, .restart: return false
        }
    }
}
