import ArgumentParser
import HostModel
import Hosting

struct ApplyVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Swap in the bundles that were staged.",
        discussion: """
            A staged bundle is verified again by today's keys before it is swapped in. One from a catalog must still \
            be listed there as it was when it was staged, by what was last verified; nothing is refreshed.

                apphost apply notes
                apphost apply notes --secret NOTES_TOKEN=token.txt
                apphost apply            applies everything that is staged
                apphost apply notes --restart

            EXIT STATUS: 0 applied, or installed already · 4 the health gate failed, and the version before is back · \
            66 nothing is staged · 75 it runs · 77 refused, not listed any more as \
            it was, or a value is missing · 78 no such variable, or not such a value · 3 some done, some failed
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions
    @OptionGroup var change: ChangeArguments
    @OptionGroup var accept: AcceptArguments
    @OptionGroup var values: ValueArguments
    @OptionGroup var restart: RestartArguments

    @Argument(help: "The apps; none means all that are staged.")
    var apps: [AppID] = []

    func validate() throws {
        guard values.isEmpty || apps.count == 1 else {
            throw ValidationError("'--env' and '--secret' go with exactly one app.")
        }
    }

    func run(_ host: AppHost, _ console: Console) async throws {
        let options = try change.options(
            console, accept: accept, values: values.values(host, console), restart: restart.choice)
        let staged = try apps.isEmpty ? host.list().apps.filter { $0.staged != nil }.map(\.id) : apps
        if staged.count == 1 {
            return console.show([try await host.apply(staged[0], options: options)])
        }
        if staged.isEmpty { console.note("nothing is staged") }
        var outcome = ManyOutcome()
        for app in staged {
            await outcome.add(app, .apply) { try await host.apply(app, options: options) }
        }
        console.show(outcome.results)
        try outcome.finish(console)
    }

    var isDryRun: Bool { change.dryRun }
}

/// Several apps, one after the other; the failure of one stops no other.
struct ManyOutcome {
    private(set) var results: [ChangeResult] = []
    private var failures: [any Failure] = []

    mutating func add(
        _ app: AppID, _ action: ChangeResult.Action, _ body: () async throws -> ChangeResult
    ) async {
        do { add(app, action, .success(try await body())) } catch { add(app, action, .failure(error)) }
    }

    mutating func add(_ app: AppID, _ action: ChangeResult.Action, _ result: Result<ChangeResult, any Error>) {
        switch result {
        case .success(let result): results.append(result)
        case .failure(let error):
            let failure = (error as? any Failure) ?? UnexpectedFailure(error)
            failures.append(failure)
            results.append(.failed(action, of: app, failure))
        }
    }

    /// Reports every failure, and ends with 3 where some were done and some not.
    func finish(_ console: Console) throws {
        guard let first = failures.first else { return }
        if !console.json { for failure in failures { _ = Console.report(failure, asJSON: false) } }
        throw ExitStatus(number: failures.count < results.count ? 3 : first.code.exitStatus)
    }
}
