import Glibc
import HostModel
import TestSupport

/// The built program, as a user runs it, and the injector that strikes it.
package struct BuiltProgram: Sendable {
    /// Absolute and without links.
    let path: String
    private let injector: String
    private let scratch: TemporaryDirectory
    private let reports = Counter()

    /// - Parameters:
    ///   - path: the program `apphost`.
    ///   - injector: the program of `SyscallInjector/injector.c`.
    package init(_ path: String, injector: String) throws {
        self.path = try Command.resolved(path)
        self.injector = try Command.resolved(injector)
        scratch = try TemporaryDirectory()
    }

    /// What happens to a run. Calls are numbered from 1 over all threads: those that change something in its place.
    enum Injection: Sendable {
        /// Nothing.
        case count
        /// Killed before a call.
        case kill(Int)
        /// A call fails with an error, and is not made.
        case fail(Int, Int32)
        /// A program runs before each call, and once more after the end, while nothing else does.
        case each(hook: String)
    }

    struct Injected: Sendable {
        let outcome: Command.Outcome
        let report: CallReport
        /// Whether it was killed before it came to its end. `injector` says so with 128 + `SIGKILL`.
        var isKilled: Bool { outcome.status == 128 + SIGKILL }
    }

    // MARK: Running

    /// Runs a command on the root in `place`.
    func run(_ arguments: [String], in place: String) throws -> Command.Outcome {
        try Command.run([path] + arguments, environment: environment(place), scratch: scratch)
    }

    /// Starts a command on the root in `place`.
    func begin(_ arguments: [String], in place: String) throws -> Command.Begun {
        try Command.begin([path] + arguments, environment: environment(place), scratch: scratch)
    }

    /// Runs a command on the root in `place` while something happens to it.
    ///
    /// - Parameters:
    ///   - alone: whether it happens to the command alone, and what that starts runs on. Then also calls are numbered
    ///     that start or signal processes, or take locks.
    ///   - preload: a library that the program is loaded with. ld.so(8), `LD_PRELOAD`
    ///   - patience: after so many seconds all of it is killed; nil waits for as long as it takes.
    func run(
        _ arguments: [String], in place: String, _ injection: Injection, alone: Bool = false, preload: String? = nil,
        patience: Int? = nil
    ) throws -> Injected {
        try begin(arguments, in: place, injection, alone: alone, preload: preload).end(patience: patience)
    }

    /// Starts a command, as ``run(_:in:_:alone:preload:patience:)`` does.
    func begin(
        _ arguments: [String], in place: String, _ injection: Injection, alone: Bool = false, preload: String? = nil
    ) throws -> BegunInjection {
        let name = "report-\(reports.next())"
        var words = [injector] + (alone ? ["-c"] : []) + ["-o", "\(scratch.path)/\(name)", "-r", place]
        words += injection.words + ["--"]
        // Through env(1), so that neither the injector nor its hook is loaded with it.
        if let preload { words += [Command.path(of: "env") ?? "env", "LD_PRELOAD=\(preload)"] }
        let begun = try Command.begin(
            words + [path] + arguments, environment: environment(place), scratch: scratch)
        return BegunInjection(injector: begun, injection: injection, place: place, scratch: scratch, report: name)
    }

    /// A command that was started through the injector. It has to be ended once.
    struct BegunInjection: Sendable {
        let injector: Command.Begun
        fileprivate let injection: Injection
        fileprivate let place: String
        fileprivate let scratch: TemporaryDirectory
        /// The name of the file that says what was counted.
        fileprivate let report: String

        /// Waits for its end, see ``Command/Begun/end(patience:)``.
        func end(patience: Int? = nil) throws -> Injected {
            let outcome = try injector.end(patience: patience)
            guard let text = scratch.text(report), !outcome.errors.hasPrefix("injector: ") else {
                throw Unplayable(what: "injector \(injection)", outcome: outcome)
            }
            try scratch.remove(report)
            return Injected(outcome: outcome, report: CallReport(text, place: place))
        }
    }

    private func environment(_ place: String) -> [String: String] {
        var variables = [
            "APPHOST_ROOT": place + "/root", "HOME": place, "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no",
        ]
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        return variables
    }

    // MARK: Use cases

    /// The use case as the program does it, which gives another name in the history than a host in this process.
    package func scene(_ useCase: UseCase, _ workshop: Workshop) async throws -> Scene {
        try await Scene(useCase, workshop) { place in try mustPlay(useCase, workshop, in: place.path) }
    }

    /// The same on a root that may fill its disk: by default it keeps more free than the disks of these trials have.
    package func sceneOnSmallDisk(_ useCase: UseCase, _ workshop: Workshop) async throws -> Scene {
        try await Scene(onSmallDisk: useCase, workshop) { place in
            try mustPlay(useCase, workshop, in: place.path)
        }
    }

    private func mustPlay(_ useCase: UseCase, _ workshop: Workshop, in place: String) throws {
        let outcome = try run(arguments(useCase, workshop), in: place)
        guard outcome.status == useCase.status else { throw Unplayable(what: "\(useCase)", outcome: outcome) }
    }

    /// Does the use case in `place`, with `more` arguments.
    func play(_ scene: Scene, in place: String, more: [String] = []) throws -> Command.Outcome {
        try run(arguments(scene.useCase, scene.workshop) + more, in: place)
    }

    func play(
        _ scene: Scene, in place: String, _ injection: Injection, more: [String] = [], preload: String? = nil
    ) throws -> Injected {
        try run(arguments(scene.useCase, scene.workshop) + more, in: place, injection, preload: preload)
    }

    /// What it would count where nothing happens. The order of two threads differs from run to run, and so may the sum.
    func calls(of scene: Scene) throws -> CallReport {
        let place = try scene.template.duplicate()
        let injected = try play(scene, in: place.path, .count)
        guard injected.outcome.status == scene.useCase.status else {
            throw Unplayable(what: "\(scene.useCase)", outcome: injected.outcome)
        }
        return injected.report
    }

    private func arguments(_ useCase: UseCase, _ workshop: Workshop) throws -> [String] {
        guard let arguments = useCase.arguments(workshop) else { throw NoVerb(useCase: useCase) }
        return arguments
    }

    // MARK: Recovering

    static let recovering = ["list", "--json"]

    /// What the next command does first; yields what went wrong.
    func recover(in place: String) throws -> [String] {
        let outcome = try run(Self.recovering, in: place)
        var problems: [String] = []
        if outcome.status != 0 { problems.append("the next command ended with \(outcome.status)") }
        if !outcome.errors.isEmpty { problems.append("the next command said \(outcome.errors)") }
        return problems
    }

    /// What is wrong with a place after an attempt and the recovery that follows it.
    func problems(of scene: Scene, in place: TemporaryDirectory, after end: Scene.End) throws -> [String] {
        try scene.problems(
            after: end, read: place.snapshot, recover: { try recover(in: place.path) },
            look: { try look(in: place.path) })
    }

    // MARK: Catalogs

    /// What an operator sees of catalogs. One that cannot be read is missing.
    func look(in place: String) throws -> CatalogSight {
        let listed = try json(["catalog", "list"], in: place)["catalogs"].elements
        let states = listed.map { ($0["name"].string ?? "?", $0["state"].string ?? "?") }
        let found = try json(["search"], in: place)["results"].elements
        return CatalogSight(
            states: Dictionary(states) { first, _ in first },
            found: found.map { "\($0["id"].string ?? "?") \($0["version"].string ?? "?")" })
    }

    private func json(_ arguments: [String], in place: String) throws -> LooseJSON {
        let outcome = try run(arguments + ["--json"], in: place)
        guard outcome.status == 0 else { throw Unplayable(what: arguments.joined(separator: " "), outcome: outcome) }
        return LooseJSON(text: outcome.output)
    }

    /// What is wrong with the commands of catalogs that come next, see ``Scene/problemsOfNext(in:_:play:)``.
    func problemsOfNext(
        of scene: Scene, in place: TemporaryDirectory, _ sampling: Scene.Sampling
    ) async throws -> [String] {
        try await scene.problemsOfNext(in: place, sampling) { step in
            let outcome = try run(step.arguments(scene.workshop), in: place.path)
            guard outcome.status == 0 else { throw Unplayable(what: "\(step)", outcome: outcome) }
        }
    }

    /// Something that a trial begins with could not be done.
    struct Unplayable: Error {
        let what: String
        let outcome: Command.Outcome
    }

    struct NoVerb: Error {
        let useCase: UseCase
    }
}

extension BuiltProgram.Injection {
    fileprivate var words: [String] {
        switch self {
        case .count: ["count"]
        case .kill(let call): ["kill", "\(call)"]
        case .fail(let call, let error): ["errno", "\(call)", "\(error)"]
        case .each(let hook): ["each", hook]
        }
    }
}

extension Command.Outcome {
    /// How the attempt ended, as the caller of the program sees it.
    var end: Scene.End { .exited(status, state: failure?.state) }

    /// What the program said with `--json` that went wrong; nil where it said nothing of the kind.
    var failure: (code: String, state: DiskState?)? {
        for line in errors.split(separator: "\n").reversed() {
            guard let object = try? StrictJSON.parse(Array(line.utf8)), let error = object.member("error"),
                case .string(let code) = error.member("code"), case .string(let state) = error.member("state")
            else { continue }
            return (code: code, state: DiskState(rawValue: state))
        }
        // A refresh tells of each catalog, and says of none what state it is in.
        for result in LooseJSON(text: output)["results"].elements {
            if let code = result["code"].string { return (code: code, state: nil) }
        }
        return nil
    }
}

extension JSONValue {
    fileprivate func member(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}

extension Scene {
    /// On a root that keeps nothing free.
    fileprivate init(
        onSmallDisk useCase: UseCase, _ workshop: Workshop, run: (TemporaryDirectory) throws -> Void
    ) async throws {
        let template = try TemporaryDirectory()
        try await useCase.prepare(template, workshop)
        if useCase != .makeRoot { try Trial(place: template, workshop: workshop).set("limits.keepFreeBytes", to: "0") }
        let done = try template.duplicate()
        try run(done)
        self.useCase = useCase
        self.workshop = workshop
        self.template = template
        before = View(try template.snapshot(), workshop)
        after = View(try done.snapshot(), workshop)
        afterDamage = []
        guard before != after else { throw Unfit(useCase: useCase, problems: before.debris + after.debris) }
    }
}
