import HostModel
import Hosting
import TestSupport

/// A use case, the disk that was prepared for it, and what that looks like before and after: the judge of every trial.
package struct Scene: Sendable {
    package let useCase: UseCase
    package let workshop: Workshop
    /// The disk before, to be duplicated.
    package let template: TemporaryDirectory
    package let before: View
    package let after: View
    /// What it looks like after the same where the disk cannot read something of what is installed: that is damage, and so
    /// not kept to roll back to.
    let afterDamage: [View]
    /// How many disks were offered to ``problemsOfNext(in:_:play:)``.
    let turns = Counter()

    /// - Parameter run: how the use case is run in a place; by default in this process.
    package init(
        _ useCase: UseCase, _ workshop: Workshop, run: ((TemporaryDirectory) async throws -> Void)? = nil
    ) async throws {
        self.useCase = useCase
        self.workshop = workshop
        template = try TemporaryDirectory()
        try await useCase.prepare(template, workshop)
        before = View(try template.snapshot(), workshop)
        let done = try template.duplicate()
        if let run { try await run(done) } else { try await useCase.run(Trial(place: done, workshop: workshop)) }
        after = View(try done.snapshot(), workshop)
        var afterDamage: [View] = []
        for file in ["share/page.html", "apphost/manifest.json", "apphost/receipt.json"]
        where useCase.looksAtInstalled {
            let damaged = try template.duplicate()
            try damaged.write("damaged", to: "root/apps/notes/installed/\(file)", mode: 0o444)
            try await useCase.run(Trial(place: damaged, workshop: workshop))
            afterDamage.append(View(try damaged.snapshot(), workshop))
        }
        self.afterDamage = afterDamage
        let problems =
            View.problems(before) + View.problems(after) + after.unswept + Self.problems(after, useCase, before)
        guard problems.isEmpty else { throw Unfit(useCase: useCase, problems: problems) }
    }

    /// What a use case that nothing disturbs did not do.
    private static func problems(_ after: View, _ useCase: UseCase, _ before: View) -> [String] {
        let (slots, owned) = useCase.leadsTo
        var problems: [String] = []
        if after == before { problems.append("nothing changed") }
        if after.slots != slots { problems.append("it leads to \(after), not to \(slots)") }
        if after.owned.count != owned { problems.append("\(after.owned.count) of the app's own files are left") }
        let catalog = useCase.leadsToCatalog
        if after.catalogs["demo"] != catalog?.kept || after.health["demo"] != catalog?.health {
            problems.append("it leads to the catalogs \(after.catalogs) with the health \(after.health)")
        }
        if let words = useCase.recordSays, before.record.contains(words) || !after.record.contains(words) {
            problems.append("the record does not say \(words) afterwards")
        }
        if let logged = useCase.logged, after.history.last?.hasPrefix(logged) != true {
            problems.append("it is not in the history: \(after.history)")
        }
        return problems
    }

    /// A use case that does nothing, or leaves a mess where nothing goes wrong, cannot be tried.
    struct Unfit: Error {
        let useCase: UseCase
        let problems: [String]
    }

    /// How an attempt ended, as its caller sees it.
    package enum End: Sendable {
        case done
        case failed(any Error)
        /// The program ended with this exit status.
        case exited(Int32, state: DiskState?)
        /// Killed, so there is nobody to be told.
        case dead
    }

    /// Runs the use case in `trial`.
    package func attempt(_ trial: Trial) async -> End {
        do {
            try await useCase.run(trial)
            return .done
        } catch {
            return .failed(error)
        }
    }

    /// What is wrong with a disk after an attempt and the recovery that follows it: the invariants of `architecture.md` 7.
    ///
    /// - Parameters:
    ///   - read: yields everything on that disk.
    ///   - recover: what the next command does first; yields what went wrong.
    ///   - look: yields what a reader sees of catalogs.
    package func problems(
        after end: End, read: () throws -> Tree, recover: () throws -> [String], look: () throws -> CatalogSight
    ) throws -> [String] {
        var problems = try recover().map { "recovery failed: \($0)" }
        let once = try read()
        let view = View(once, workshop)
        problems += self.problems(of: view, after: end)
        if useCase.hasCatalog { problems += self.problems(of: look, at: view) }
        problems += try recover().map { "recovering twice failed: \($0)" }
        let twice = try read()
        if twice != once {
            let changed = Set(once.keys).union(twice.keys).filter { once[$0] != twice[$0] }.sorted()
            problems.append("D: recovering twice changed \(changed)")
        }
        return problems
    }

    /// The same on a directory of a test's own.
    ///
    /// - Parameter mayBeDamaged: whether the disk could not read something.
    package func problems(
        in place: TemporaryDirectory, after end: End, mayBeDamaged: Bool = false
    ) throws -> [String] {
        let host = Trial(place: place, workshop: workshop).host
        let problems = try problems(
            after: end, read: place.snapshot, recover: { host.recover().map { "\($0)" } },
            look: { try CatalogSight(host) })
        if mayBeDamaged, !problems.isEmpty, case .done = end {
            let view = View(try place.snapshot(), workshop)
            if view.debris.isEmpty, afterDamage.contains(where: { $0.isLike(view) && $0.history == view.history }) {
                return []
            }
        }
        return problems
    }

    private func problems(of view: View, after end: End) -> [String] {
        // Until its format is there, a root is none: what was begun of it is gone on with by the next command.
        if useCase == .makeRoot && !view.host.contains(where: { $0.hasPrefix("format.json") }) {
            return isTrue(end, isBefore: true, isAfter: false) ? [] : ["E: said \(end), and there is no root"]
        }
        let isBefore = view.isLike(before) || (useCase == .makeRoot && view.host == after.host.filter(Self.isOfRoot))
        let isAfter = view.isLike(after)
        var problems: [String] = []
        if !isBefore && !isAfter { problems.append("A, B, F: neither before nor after: \(view)") }
        if !view.debris.isEmpty { problems.append("C: left over: \(view.debris)") }
        if !isTrue(end, isBefore: isBefore, isAfter: isAfter) {
            problems.append("E: \(Self.words(end)), and it is \(isBefore ? "before" : isAfter ? "after" : "neither")")
        }
        if useCase.keepsHealth, isDone(end), view.health != after.health {
            problems.append("E: \(Self.words(end)), and the health is \(view.health)")
        }
        problems += view.flaws.map { "H: \($0)" }
        problems += historyProblems(view, isBefore: isBefore, isAfter: isAfter)
        return problems
    }

    /// I: whoever looks sees what is kept, and nothing that went wrong with it.
    private func problems(of look: () throws -> CatalogSight, at view: View) -> [String] {
        do {
            let seen = try look()
            let there = CatalogSight(view)
            return seen == there ? [] : ["I: a reader sees \(seen), and there is \(there)"]
        } catch {
            return ["I: a reader is told \(error)"]
        }
    }

    private func isDone(_ end: End) -> Bool {
        switch end {
        case .done: true
        case .exited(let status, _): status == useCase.status
        case .failed, .dead: false
        }
    }

    /// Whether a part of a host is there as soon as its root is.
    private static func isOfRoot(_ part: String) -> Bool {
        !part.hasPrefix("keys.json") && !part.hasPrefix("config.json")
    }

    /// G: slots, record and history tell of the same operation, once.
    private func historyProblems(_ view: View, isBefore: Bool, isAfter: Bool) -> [String] {
        var problems: [String] = []
        if Set(view.sequences).count != view.sequences.count || view.sequences != view.sequences.sorted() {
            problems.append("G: sequences \(view.sequences)")
        }
        guard view.history.starts(with: before.history) else { return problems + ["G: history lost: \(view.history)"] }
        let new = view.history.dropFirst(before.history.count)
        if new.count > useCase.mostLines { problems.append("G: logged twice: \(new)") }
        guard let logged = useCase.logged else { return problems }
        let isLogged = new.contains { $0.hasPrefix(logged) }
        if useCase == .refusal { return problems }
        if isAfter && !isBefore && !isLogged { problems.append("G: done, but not in the history: \(new)") }
        if isBefore && !isAfter && isLogged { problems.append("G: not done, but in the history: \(new)") }
        return problems
    }

    /// E: whether what was said is so.
    private func isTrue(_ end: End, isBefore: Bool, isAfter: Bool) -> Bool {
        switch end {
        case .dead: true
        case .done: isAfter
        case .failed(let error):
            (error as? any Failure).map { isTrue($0.state, isBefore: isBefore, isAfter: isAfter) } ?? false
        case .exited(let status, let state):
            if status == useCase.status {
                isAfter
            } else {
                state.map { isTrue($0, isBefore: isBefore, isAfter: isAfter) }
                    ?? (useCase.tellsNoState && (isBefore || isAfter))
            }
        }
    }

    private func isTrue(_ state: DiskState, isBefore: Bool, isAfter: Bool) -> Bool {
        switch state {
        case .unchanged: isBefore || (useCase.settlesFirst && isAfter)
        case .changed: isAfter
        case .uncertain: isAfter || useCase.mayBeUncertainBefore
        }
    }

    private static func words(_ end: End) -> String {
        switch end {
        case .dead: "killed"
        case .done: "said to be done"
        case .failed(let error): "said to be \((error as? any Failure)?.state.rawValue ?? "?") (\(error))"
        case .exited(let status, let state): "ended with \(status) and \(state?.rawValue ?? "no state")"
        }
    }
}

extension View {
    /// What is wrong with a disk on which nothing went wrong; a damaged bundle that a trial begins with is not.
    fileprivate static func problems(_ view: View) -> [String] {
        view.debris + view.flaws + view.history.filter { $0.hasPrefix("unreadable") }
    }
}
