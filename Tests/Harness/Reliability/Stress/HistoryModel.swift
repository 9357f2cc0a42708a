import HostModel
import Hosting

/// What is so after each step of a history: one app, and the setting that concerns it. Pure.
struct HistoryModel: Sendable {
    private(set) var slots = SlotModel()
    /// What was installed when the staged bundle was staged, and what was consented to then.
    private var base: String?
    private var agreed: Set<Consent> = []
    /// Nil until something was installed.
    private(set) var record: Record?
    private(set) var retention = 1
    /// The app's own directories.
    private(set) var owned: Set<String> = []
    private(set) var history: [Line] = []

    struct Record: Sendable {
        /// Whether it is remembered who vouched for the app.
        var hasPublisher = false
        var knownBad: [String] = []
    }

    struct Line: Sendable {
        var kind: String
        var outcome: String
        var from: String?
        var to: String?

        var text: String {
            let words: [String?] = [kind, outcome, from, to]
            return words.compactMap { $0 }.joined(separator: " ")
        }
    }

    static let ownedParts: Set<String> = ["data", "cache", "run", "logs", "secrets"]

    init() {}

    /// Does a step, and says what the host must say of it.
    mutating func perform(_ step: HistoryStep) -> HistoryVerdict {
        switch step {
        case .install(let version, let accepted): return install(version.rawValue, accepted)
        case .update(let version, let accepted): return update(version.rawValue, accepted)
        case .stage(let version, let accepted): return stage(version.rawValue, accepted)
        case .apply(let accepted): return apply(accepted)
        case .unstage: return unstage()
        case .rollback(let version): return rollback(version?.rawValue)
        case .uninstall(let purge): return uninstall(purge: purge)
        case .retention(let number): retention = number
        case .use: if slots.installed != nil { owned = Self.ownedParts }
        case .restart: break
        }
        return .done
    }

    /// What may be where a step was killed before its point of no return: all is as it was, but perhaps for a line.
    func unfinished(_ step: HistoryStep) -> [HistoryModel] {
        var done = self
        let verdict = done.perform(step)
        guard done.history.count > history.count, var line = done.history.last else { return [self] }
        if verdict == .done {
            // To announce these is to do them, so nothing interrupts them.
            if line.kind == "uninstall" || line.kind == "unstage" { return [self] }
            line.outcome = "interrupted"
        }
        var logged = self
        logged.history.append(line)
        return [self, logged]
    }

    // MARK: The use cases

    private mutating func install(_ version: String, _ accepted: Set<Consent>) -> HistoryVerdict {
        if slots.installed == version { return .unchanged }
        if slots.installed != nil { return refuse("install", .appAlreadyInstalled) }
        guard questions(version).isSubset(of: accepted) else { return refuse("install", .updateConsentRequired) }
        return accept(version, "install")
    }

    private mutating func update(_ version: String, _ accepted: Set<Consent>) -> HistoryVerdict {
        guard let installed = slots.installed else { return .refused(.appNotInstalled) }
        if installed == version { return .unchanged }
        guard questions(version).isSubset(of: accepted) else { return refuse("update", .updateConsentRequired) }
        return accept(version, "update")
    }

    private mutating func stage(_ version: String, _ accepted: Set<Consent>) -> HistoryVerdict {
        guard let installed = slots.installed else { return .refused(.appNotInstalled) }
        if installed == version || (slots.staged == version && base == installed) { return .unchanged }
        let questions = questions(version)
        guard questions.isSubset(of: accepted) else { return refuse("stage", .updateConsentRequired) }
        log("stage", from: installed, to: version)
        slots.staged = version
        base = installed
        agreed = questions
        slots.trim(to: retention)
        return .done
    }

    private mutating func apply(_ accepted: Set<Consent>) -> HistoryVerdict {
        guard let installed = slots.installed else { return .refused(.appNotInstalled) }
        guard let staged = slots.staged else { return refuse("apply", .updateNotStaged) }
        if staged == installed { return .unchanged }
        guard base == installed else { return refuse("apply", .updateCandidateChanged) }
        guard questions(staged).isSubset(of: accepted.union(agreed)) else {
            return refuse("apply", .updateConsentRequired)
        }
        slots.staged = nil
        return accept(staged, "apply")
    }

    private mutating func unstage() -> HistoryVerdict {
        guard slots.installed != nil else { return .refused(.appNotInstalled) }
        guard let staged = slots.staged else { return .unchanged }
        log("unstage", from: nil, to: staged)
        slots.staged = nil
        return .done
    }

    private mutating func rollback(_ version: String?) -> HistoryVerdict {
        guard let left = slots.installed else { return .refused(.appNotInstalled) }
        if version == left { return .unchanged }
        if let version, !slots.keeps(version) { return refuse("rollback", .versionNotFound) }
        guard let target = version ?? slots.rollback else { return refuse("rollback", .rollbackNotAvailable) }
        log("rollback", from: left, to: target)
        slots.goBack(to: target)
        slots.trim(to: retention)
        var next = Record(hasPublisher: true, knownBad: record?.knownBad ?? [])
        next.knownBad.removeAll { $0 == target }
        // Only who goes back to something older leaves something bad.
        if target < left, !next.knownBad.contains(left) { next.knownBad.append(left) }
        record = next
        return .done
    }

    private mutating func uninstall(purge: Bool) -> HistoryVerdict {
        let hasData = owned.contains("data")
        guard slots.installed != nil || (purge && hasData) else { return .refused(.appNotInstalled) }
        log("uninstall", from: slots.installed, to: nil)
        slots = SlotModel()
        owned = hasData && !purge ? ["data"] : []
        if owned.isEmpty { record?.hasPublisher = false }
        return .done
    }

    // MARK: What they share

    private func questions(_ version: String) -> Set<Consent> {
        var questions: Set<Consent> = []
        if record?.knownBad.contains(version) == true { questions.insert(.knownBad) }
        if let installed = slots.installed, version < installed { questions.insert(.downgrade) }
        return questions
    }

    private mutating func accept(_ version: String, _ kind: String) -> HistoryVerdict {
        log(kind, from: slots.installed, to: version)
        slots.replaceInstalled(by: version)
        slots.trim(to: retention)
        // What was left as bad stays so, also for who consented to it once.
        record = Record(hasPublisher: true, knownBad: record?.knownBad ?? [])
        return .done
    }

    /// Only an installed app has a history of refusals.
    private mutating func refuse(_ kind: String, _ code: FailureCode) -> HistoryVerdict {
        if slots.installed != nil { history.append(Line(kind: kind, outcome: "refused")) }
        return .refused(code)
    }

    private mutating func log(_ kind: String, from: String?, to: String?) {
        history.append(Line(kind: kind, outcome: "done", from: from, to: to))
    }
}
