import ArgumentParser
import Dispatch
import Glibc
import HostModel
import Hosting

/// What every verb takes that changes an app.
struct ChangeArguments: ParsableArguments {
    @Flag(help: "Say what would happen, with the real exit status, and change no file.")
    var dryRun = false

    @Flag(help: "Wait for another update of the same app instead of failing.")
    var wait = false

    /// For a verb that only looks, but may take long.
    static func looking(_ console: Console) -> ChangeOptions {
        let cancellation = Cancellation()
        Interruption.cancel(cancellation)
        return ChangeOptions(
            offline: console.offline, cancellation: cancellation, progress: console.progress,
            warn: { console.warn($0) })
    }

    func options(
        _ console: Console, accept: AcceptArguments? = nil, values: SuppliedValues = SuppliedValues(),
        restart: RestartChoice? = nil
    ) throws -> ChangeOptions {
        let cancellation = Cancellation()
        Interruption.cancel(cancellation)
        return ChangeOptions(
            accepted: try accept?.consents() ?? [], values: values, dryRun: dryRun, wait: wait,
            restart: restart, offline: console.offline, cancellation: cancellation, progress: console.progress,
            ask: { console.ask($0, $1) }, warn: { console.warn($0) })
    }
}

/// `--restart`, where the bundle of an app that runs may be replaced.
struct RestartArguments: ParsableArguments {
    @Flag(help: "Stop the app where it runs, start it again, and bring the old version back where it fails.")
    var restart = false

    @Option(
        help: ArgumentHelp(
            "What it has to show then: manifest (its probes), process (that it lives on) or none. A stopped app is "
                + "started for it.", valueName: "gate"),
        completion: .list(HealthMode.allCases.map(\.rawValue)))
    var health: HealthMode?

    @Flag(name: .customLong("no-rollback-on-failure"), help: "Leave the new version where it fails.")
    var leavesFailed = false

    func validate() throws {
        if !restart, health != nil || leavesFailed {
            throw ValidationError("'--health' and '--no-rollback-on-failure' go with '--restart'.")
        }
    }

    var choice: RestartChoice? { restart ? RestartChoice(health: health, undoes: !leavesFailed) : nil }
}

extension HealthMode: ExpressibleByArgument {}

/// `--accept`, where there is something to consent to.
struct AcceptArguments: ParsableArguments {
    @Option(
        name: .customLong("accept"),
        help: ArgumentHelp(
            "Consent to: \(Consent.allCases.map(\.rawValue).joined(separator: ", ")). A list, or repeated.",
            valueName: "what"),
        completion: .list(Consent.allCases.map(\.rawValue)))
    var accept: [String] = []

    func validate() throws { _ = try consents() }

    func consents() throws -> Set<Consent> {
        Set(
            try accept.flatMap { $0.split(separator: ",") }.map { word in
                guard let consent = Consent(rawValue: String(word)) else {
                    let all = Consent.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("'\(word)' is nothing to consent to; there are \(all).")
                }
                return consent
            })
    }
}

/// `--env` and `--secret`, where a bundle may ask for more than the one before.
struct ValueArguments: ParsableArguments {
    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("Set a variable, once it is installed; may be repeated.", valueName: "name=value"))
    var environment: [String] = []

    @Option(
        name: .customLong("secret"),
        help: ArgumentHelp(
            "Set a secret from a file, once it is installed; '-' is standard input. May be repeated.",
            valueName: "name=file"))
    var secrets: [String] = []

    var isEmpty: Bool { environment.isEmpty && secrets.isEmpty }

    func validate() throws {
        let all = environment + secrets
        // What was given is not repeated: it may be a secret in the wrong place.
        guard all.allSatisfy({ $0.contains("=") }) else {
            throw ValidationError("Give '--env' as NAME=VALUE, and '--secret' as NAME=FILE.")
        }
        guard Set(all.map { Self.parts($0).name }).count == all.count else {
            throw ValidationError("Give each variable once: with '--env' or with '--secret'.")
        }
        guard secrets.filter({ Self.parts($0).value == "-" }).count <= 1 else {
            throw ValidationError("Standard input has one secret only.")
        }
    }

    /// Reads the files. To be called before anything catches signals.
    func values(_ host: AppHost, _ console: Console) throws -> SuppliedValues {
        var values = SuppliedValues()
        for word in environment {
            let (name, value) = Self.parts(word)
            values.environment.append(ConfigurationChange.Assignment(name: name, value: value))
        }
        for word in secrets {
            let (name, file) = Self.parts(word)
            let value = try SecretInput.read(file, for: name, host, console)
            values.secrets.append(SuppliedValues.Secret(name: name, value: value))
        }
        return values
    }

    private static func parts(_ word: String) -> (name: String, value: String) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
    }
}

/// The first SIGINT or SIGTERM asks the work to stop before the swap; the second ends the program, unless it is swapping.
enum Interruption {
    private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

    /// Called once, from the main thread, before anything long begins; nothing else touches `sources`.
    static func cancel(_ cancellation: Cancellation) {
        guard sources.isEmpty else { return }
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "apphost.signals"))
            source.setEventHandler {
                // The second ends what waits for a lock or a reader; a swap is over in a moment, and is not cut.
                if cancellation.isRequested, !cancellation.isCommitted { _exit(130) }
                cancellation.cancel()
            }
            source.resume()
            sources.append(source)
        }
    }
}

extension AppID: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    public static var defaultCompletionKind: CompletionKind {
        .shellCommand("apphost list --quiet 2>/dev/null | cut -d' ' -f1")
    }
}

extension BundleVersion: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
