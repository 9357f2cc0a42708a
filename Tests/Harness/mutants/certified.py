"""Mutants of policies, gates, backoffs and preserved directories: each makes its item of the certification fail.

After the item each is like those of `mutants.py`. What two places guard is changed where it is seen.
"""

PLAN = "Sources/Storage/Recovery/RecoveryPlan.swift"
UPDATE_POLICY = "Sources/Updates/Policy/UpdatePolicy.swift"
RECORD_POLICY = "Sources/Storage/Records/RecordPolicy.swift"
TAIL = "Sources/Updates/Check/TailGates.swift"
QUESTIONS = "Sources/Updates/Consent/Questions.swift"
REVIEW = "Sources/Updates/Review/ReviewGate.swift"
EVALUATION = "Sources/Updates/Review/ReviewEvaluation.swift"
LIVING = "Sources/Hosting/Run/Living.swift"
REPLACEMENT = "Sources/Hosting/Operate/Replacement.swift"
NEXT_RECORD = "Sources/Hosting/Decide/NextRecord.swift"
SCHEDULE = "Sources/Scheduling/Schedule.swift"
PASS = "Sources/Scheduling/Run/SchedulerPass.swift"
WORK = "Sources/Hosting/Schedule/ScheduledWork.swift"

LIFECYCLE = "app-update.lifecycle"
SCHEDULER = "app-update.scheduler"
ROLLBACK = "app-update.rollback"

CERTIFIED = [
    (LIFECYCLE, "manual stages", UPDATE_POLICY,
     "        case .manual: .nothing\n",
     "        case .manual: eligible.stage ? .stage : .nothing\n"),
    (LIFECYCLE, "stage applies", UPDATE_POLICY,
     "        case .stage: eligible.stage ? .stage : .nothing\n",
     "        case .stage: eligible.apply ? .apply : .nothing\n"),
    (LIFECYCLE, "apply_when_stopped does nothing", UPDATE_POLICY,
     "        case .applyWhenStopped: eligible.apply && !isRunning ? .apply : .nothing\n",
     "        case .applyWhenStopped: eligible.apply && isRunning ? .apply : .nothing\n"),
    (LIFECYCLE, "an app that runs is replaced beneath it", LIVING,
     "        if life.isRunning || (byPolicy && life.isRestarting) { throw AppRuns(app: app.id) }\n",
     "        if life.isRunning && life.isRestarting { throw AppRuns(app: app.id) }\n"),
    (LIFECYCLE, "nobody is asked about permissions", QUESTIONS,
     "        guard !added.isEmpty else { return nil }\n",
     "        guard added.count > 1000 else { return nil }\n"),
    (LIFECYCLE, "what does not fit is eligible", TAIL,
     "            case .incompatible(let reason): .stopped(GateCode(.updateIncompatible), reason)\n",
     "            case .incompatible: .passed\n"),
    (LIFECYCLE, "every channel is taken", TAIL,
     "        guard !input.policy.channels.contains(entry.channel) else {",
     "        guard input.policy.channels.isEmpty else {"),
    (LIFECYCLE, "what is deprecated is taken", TAIL,
     "        guard deprecation.status == .deprecated else {",
     "        guard deprecation.status == .deprecated, entry.channel.isEmpty else {"),
    (LIFECYCLE, "a hold does not count", TAIL,
     "        guard input.policy.hold?.isHeld(at: input.now) == true else {",
     "        guard input.policy.hold?.isHeld(at: input.now) == false else {"),
    (LIFECYCLE, "nothing cools", TAIL,
     "        guard cooldown.isCooling(at: input.now) else {",
     "        guard cooldown.isCooling(at: cooldown.end) else {"),
    (LIFECYCLE, "no value is missed", TAIL,
     "        guard !missing.isEmpty else {",
     "        guard missing.count > 100_000 else {"),
    (LIFECYCLE, "the strictest review mode is open to who acknowledges", REVIEW,
     "            return .blocked(code)\n",
     "            return .needsAcknowledgement(code)\n"),
    (LIFECYCLE, "a policy needs no review", REVIEW,
     "            return isClaimed ? .open : .blocked(code)\n",
     "            return isClaimed || review.status != .trustedReviewed ? .open : .blocked(code)\n"),
    (LIFECYCLE, "a revoked reviewer counts", EVALUATION,
     "        case .revoked: return (.revokedReviewer, 7)\n",
     "        case .revoked: break\n"),
    (LIFECYCLE, "the gate is always content", REPLACEMENT,
     "            case .unhealthy(let probe, let reason): return .unhealthy(\"\\(probe.sentence): \\(reason)\")\n",
     "            case .unhealthy: return .healthy(\"\")\n"),
    (SCHEDULER, "catalogs are not refreshed", PASS,
     "        for kind in ScheduledItem.Kind.allCases {",
     "        for kind in ScheduledItem.Kind.allCases where kind == .app {"),
    (SCHEDULER, "what a check finds is not kept", WORK,
     "        try await host.note(check, by: readings, options: options)\n",
     ""),
    (SCHEDULER, "everything is always due", SCHEDULE,
     "        settings.isEnabled && next(item, state, at: now) <= now\n",
     "        settings.isEnabled || next(item, state, at: now) <= now\n"),
    (SCHEDULER, "a backoff does not grow", SCHEDULE,
     "            wait = min(most, 2 * wait)\n",
     "            wait = min(most, wait)\n"),
    (SCHEDULER, "a backoff is at its most at once", SCHEDULE,
     "            wait = min(most, 2 * wait)\n",
     "            wait = max(most, 2 * wait)\n"),
    (SCHEDULER, "what failed waits as what went well", SCHEDULE,
     "            wait = backoff(after: next.failureCount)\n",
     "            wait = interval(for: item.kind)\n"),
    (SCHEDULER, "a success does not end a backoff", SCHEDULE,
     "            next.failureCount = 0\n",
     "            next.failureCount = state.failureCount\n"),
    (SCHEDULER, "two schedulers work at once", PASS,
     "        guard let lock = try store.lock() else { return PassReport(isAlone: false) }\n",
     "        let lock = try store.lock()\n"),
    (SCHEDULER, "stage is the default", RECORD_POLICY,
     "        package var mode = Mode.manual\n",
     "        package var mode = Mode.stage\n"),
    (ROLLBACK, "what is replaced is not kept", PLAN,
     "            if !names.slots.contains(.rollback) { steps.append(names.move(.backup, to: .rollback)) }\n",
     "            if !names.slots.contains(.rollback) { steps.append(.discardSlot(.backup)) }\n"),
    (ROLLBACK, "an undo forgets the way back from before", PLAN,
     "            if let restores = swap.restores, names.slots.contains(restores), !names.slots.contains(.rollback) {\n",
     "            if let restores = swap.restores, names.slots.contains(restores), names.slots.contains(.rollback) {\n"),
    (ROLLBACK, "what failed its gate is not known bad", NEXT_RECORD,
     "        if let failed, !next.knownBad.contains(where: { $0.digest == failed.digest }) {\n",
     "        if let failed, next.knownBad.contains(where: { $0.digest == failed.digest }) {\n"),
    (ROLLBACK, "what a rollback leaves is not known bad", NEXT_RECORD,
     "manifest.version.order(to: left.manifest.version) == .older,\n",
     "manifest.version.order(to: left.manifest.version) == .newer,\n"),
    (ROLLBACK, "what is known bad is taken", TAIL,
     "        guard let question else {",
     "        guard let question, question.text.isEmpty else {"),
    (ROLLBACK, "a grant comes back with the bundle", NEXT_RECORD,
     "            return .init(permission: grant.permission, state: .inactive, since: at, by: by)\n",
     "            return .init(permission: grant.permission, state: .active, since: at, by: by)\n"),
] + [
    (ROLLBACK, f"a swap takes the app's {directory} files along", PLAN,
     "        // Deleting comes before writing, so that a full disk does not stop it.\n",
     f"        if names.owned.contains(.{directory}) {{ steps.append(.discardOwned(.{directory})) }}\n")
    for directory in ["data", "cache", "run"]
]
