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

    func options(_ console: Console, accept: AcceptArguments? = nil) throws -> ChangeOptions {
        let cancellation = Cancellation()
        Interruption.cancel(cancellation)
        return ChangeOptions(
            accepted: try accept?.consents() ?? [], dryRun: dryRun, wait: wait, offline: console.offline,
            cancellation: cancellation, progress: console.progress, ask: { console.ask($0, $1) },
            warn: { console.warn($0) })
    }
}

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
