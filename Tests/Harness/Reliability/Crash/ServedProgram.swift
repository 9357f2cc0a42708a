import Glibc
import TestSupport

/// The built program as a server, which is asked for one thing and then to end.
extension BuiltProgram {
    /// Without a scheduler, it changes nothing but what it is asked to.
    private static let serving = ["serve", "--offline", "--quiet"]

    /// Longer is for something that never comes. Seconds.
    private static let patience = 120

    /// What a server makes in a root, beside what it is asked for.
    private static let ownFiles: Set<String> = ["root/serve.lock", "root/apphost.sock", "root/audit.jsonl"]

    /// The use case as a server does it.
    package func servedScene(_ useCase: UseCase, _ workshop: Workshop) async throws -> Scene {
        try await Scene(useCase, workshop) { place in
            guard let request = useCase.request(workshop) else { throw NoVerb(useCase: useCase) }
            let (answer, outcome) = try serve(request, in: place.path)
            guard answer?.isDone == true, outcome.status == 0 else {
                throw Unplayable(what: "\(useCase), served: \(answer?.text ?? "no answer")", outcome: outcome)
            }
            for file in Self.ownFiles where place.exists(file) { try place.remove(file) }
        }
    }

    /// Serves the root in `place` for one request.
    func serve(
        _ request: ServerRequest, in place: String
    ) throws -> (answer: ServerAnswer?, outcome: Command.Outcome) {
        let server = try begin(Self.serving, in: place)
        let asked = Result { try request.ask(in: place) { server.hasEnded } }
        kill(server.pid, SIGTERM)
        let outcome = try server.end(patience: Self.patience)
        return (answer: try asked.get(), outcome: outcome)
    }

    /// The same while something happens to the server.
    func serve(
        _ request: ServerRequest, in place: String, _ injection: Injection
    ) throws -> (answer: ServerAnswer?, run: Injected) {
        let begun = try begin(Self.serving, in: place, injection)
        let asked = Result { try request.ask(in: place) { begun.injector.hasEnded } }
        // The injector ends with the server, and would take it along.
        for pid in RunningProcesses.look(in: place).commands where pid != begun.injector.pid { kill(pid, SIGTERM) }
        let run = try begun.end(patience: Self.patience)
        return (answer: try asked.get(), run: run)
    }

    /// What the next server does first; yields what went wrong.
    func recoverServing(in place: String) throws -> [String] {
        let (answer, outcome) = try serve(ServerRequest("POST", "/verify"), in: place)
        var problems: [String] = []
        if answer?.isSound != true { problems.append("the next server said \(answer?.text ?? "nothing")") }
        if outcome.status != 0 { problems.append("the next server ended with \(outcome.status)") }
        if !outcome.errors.isEmpty { problems.append("the next server logged \(outcome.errors)") }
        return problems
    }

    /// Everything in a place but what a server makes beside what it is asked for.
    func snapshotWithoutServer(_ place: TemporaryDirectory) throws -> Tree {
        try place.snapshot().filter { !Self.ownFiles.contains($0.key) }
    }
}
