import HostModel
import Hosting
import TestSupport

/// Plays lists of steps, each on a disk of its own, and holds the disk against the model after every step.
struct HistoryRun: Sendable {
    let workshop: Workshop
    /// A host that trusts the workshop's key, and has nothing else.
    let template: TemporaryDirectory

    struct Mismatch: Sendable {
        /// From 0.
        let step: Int
        let what: String
    }

    /// - Returns: the first; nil where the disk is always as the model has it.
    func mismatch(in plan: [PlannedStep]) async throws -> Mismatch? {
        let place = try template.duplicate()
        let host = View(try place.snapshot(), workshop).host
        var model = HistoryModel()
        for (number, planned) in plan.enumerated() {
            let (next, problems) = try await play(planned, in: place, host: host, from: model)
            if !problems.isEmpty { return Mismatch(step: number, what: problems.joined(separator: "; ")) }
            model = next
        }
        return nil
    }

    /// Every step has a host of its own, as every command of the program is a process of its own.
    private func play(
        _ planned: PlannedStep, in place: TemporaryDirectory, host: [String], from model: HistoryModel
    ) async throws -> (HistoryModel, [String]) {
        let before: Tree = try planned.kill == nil ? [:] : place.snapshot()
        let files = planned.kill.map { FaultyFileSystem(at: $0.call, .kill) } ?? FaultyFileSystem()
        let said = await planned.step.perform(Trial(place: place, workshop: workshop, files: files))
        if let kill = planned.kill, files.hasStruck {
            let isCommitted = planned.step.isCommitted(from: before, to: try place.snapshot())
            let failures = recover(place, kill)
            let view = View(try place.snapshot(), workshop)
            let (next, problems) = settle(planned.step, isCommitted: isCommitted, view, host: host, from: model)
            return (next, failures + problems)
        }
        var next = model
        let expected = next.perform(planned.step)
        var problems = next.differences(from: View(try place.snapshot(), workshop), host: host)
        if said != expected { problems.insert("it said '\(said)', the model '\(expected)'", at: 0) }
        return (next, problems)
    }

    /// - Returns: what went wrong in the recovery that nothing disturbed.
    private func recover(_ place: TemporaryDirectory, _ kill: PlannedStep.Kill) -> [String] {
        if let call = kill.recovery {
            _ = Trial(place: place, workshop: workshop, files: FaultyFileSystem(at: call, .kill)).host.recover()
        }
        return Trial(place: place, workshop: workshop).host.recover().map { "recovery failed: \($0)" }
    }

    /// After a kill both are possible, before and after, each as a whole. Which of them it must be, the point of no return
    /// says.
    private func settle(
        _ step: HistoryStep, isCommitted: Bool, _ view: View, host: [String], from model: HistoryModel
    ) -> (HistoryModel, [String]) {
        var after = model
        let verdict = after.perform(step)
        let afterDifferences = after.differences(from: view, host: host)
        let unfinished = model.unfinished(step)
        let before = unfinished.first(where: { $0.differences(from: view, host: host).isEmpty })
        switch (before, afterDifferences.isEmpty) {
        case (.none, false):
            let beforeDifferences = model.differences(from: view, host: host)
            return (model, ["killed, and neither before (\(beforeDifferences)) nor after (\(afterDifferences))"])
        case (.none, true):
            let isTrue = isCommitted || verdict != .done
            return (after, isTrue ? [] : ["killed before its point of no return, and it is done"])
        case (.some(let before), false):
            let isTrue = !isCommitted || verdict != .done
            return (before, isTrue ? [] : ["killed after its point of no return, and it is not done"])
        case (.some, true):
            // What changes nothing leaves nothing to tell the two by.
            return (after, [])
        }
    }
}
