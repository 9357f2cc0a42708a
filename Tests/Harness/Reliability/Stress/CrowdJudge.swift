import HostModel

/// Judges what a crowd did and saw by the histories of the apps, once all is over.
struct CrowdJudge {
    let commands: [CrowdCommand]
    let chronicle: CrowdChronicle
    /// What lies in the slots of each app at the end.
    let disk: [String: [String: String]]
    let tally: Tally

    func run() {
        var courses: [String: CrowdCourse] = [:]
        for app in CrowdWorkshop.apps {
            let changing = commands.filter { $0.request.app == app && !$0.request.verb.isLooking }
            let course = CrowdCourse(chronicle.lines(of: app), changing, retention: CrowdWorkshop.retention)
            courses[app] = course
            var problems = chronicle.problems(of: app) + course.problems
            let found = disk[app] ?? [:]
            if found != course.last.named {
                problems.append("at the end the disk has \(found), and the history leads to \(course.last)")
            }
            // Each is one of many, so that none hides behind the first.
            if problems.isEmpty { tally.add([], at: app) }
            for problem in problems { tally.add([problem], at: app) }
        }
        for command in commands {
            tally.add(problems(of: command, courses), at: "\(command.request)")
        }
    }

    private func problems(of command: CrowdCommand, _ courses: [String: CrowdCourse]) -> [String] {
        var problems: [String] = []
        let end = command.end
        if end.wasStuck { problems.append("it ran for longer than a minute, and was killed") }
        for line in end.errors.split(separator: "\n") where line.hasPrefix("warning:") { problems.append(String(line)) }
        switch command.answer {
        case .wrong(let what): problems.append(what)
        case .shown(let sights):
            for sight in sights {
                guard let course = courses[sight.app] else { continue }
                problems += untrue(sight, course.states(from: end.start, to: end.end))
            }
        case .unchanged, .refused:
            guard let course = courses[command.request.app] else { break }
            if command.request.verb.isLooking {
                // It found that the app is not installed.
                let sight = CrowdSight(app: command.request.app, installed: nil)
                problems += untrue(sight, course.states(from: end.start, to: end.end))
            } else if !course.isUnsettled(from: end.start, to: end.end) {
                let states = course.states(from: end.start, to: end.end)
                if !states.contains(where: { isTrue(command, $0) }) {
                    problems.append("it said \(command.answer), and that was never so: \(Array(states))")
                }
            }
        case .done, .killed: break
        }
        return problems
    }

    /// What a command that changed nothing says of the app. Where it says nothing of it, anything is true.
    private func isTrue(_ command: CrowdCommand, _ state: SlotModel) -> Bool {
        let version = command.request.version
        switch (command.request.verb, command.answer) {
        case (.install, .unchanged), (.update, .unchanged): return state.installed == version
        case (.stage, .unchanged): return state.installed == version || state.staged == version
        case (.apply, .unchanged): return state.installed != nil
        case (.unstage, .unchanged): return state.staged == nil
        case (_, .refused(.appNotInstalled)): return state.installed == nil
        case (_, .refused(.appAlreadyInstalled)): return state.installed != nil && state.installed != version
        case (_, .refused(.updateNotStaged)): return state.staged == nil
        case (_, .refused(.rollbackNotAvailable)): return state.rollback == nil
        default: return true
        }
    }

    private func untrue(_ sight: CrowdSight, _ states: ArraySlice<SlotModel>) -> [String] {
        var problems: [String] = []
        func expect(_ slot: String, _ seen: String?, _ isSeen: (SlotModel) -> Bool) {
            if states.contains(where: isSeen) { return }
            let what = "it saw \(seen ?? "nothing") in \(slot)/ of \(sight.app)"
            problems.append("\(what), and that was never there: \(Array(states))")
        }
        expect("installed", sight.installed) { $0.installed == sight.installed }
        // These two are empty for a moment in every swap, so to see nothing there is always true.
        if let staged = sight.staged { expect("staged", staged) { $0.staged == staged } }
        if let rollback = sight.rollback { expect("rollback", rollback) { $0.rollback == rollback } }
        return problems
    }
}
