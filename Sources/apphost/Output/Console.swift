import Glibc
import HostModel
import Hosting

/// Where results, progress, questions and failures go: results to standard output, everything else to standard error.
struct Console: Sendable {
    let json: Bool
    let quiet: Bool
    let yes: Bool
    let offline: Bool
    private let isDryRun: Bool
    /// Shows how far long work is; does nothing where nobody watches.
    let progress: @Sendable (Progress) -> Void

    init(_ global: GlobalOptions, isDryRun: Bool) {
        self.isDryRun = isDryRun
        json = global.json
        quiet = global.quiet
        yes = global.yes
        offline = global.offline
        if Process.isTerminal(STDERR_FILENO), !global.json, !global.quiet {
            let line = ProgressLine()
            progress = { line.show($0) }
        } else {
            progress = { _ in }
        }
    }

    // MARK: Results

    /// Text for people; nothing with `--json`.
    func say(_ text: String) {
        guard !json else { return }
        Self.write(text + "\n", to: STDOUT_FILENO)
    }

    /// Text for people that adds to the result; nothing with `--quiet`.
    func note(_ text: String) {
        guard !json, !quiet else { return }
        Self.write(text + "\n", to: STDOUT_FILENO)
    }

    /// The object for programs; nothing without `--json`.
    func show(_ object: @autoclosure () -> JSONValue) {
        guard json else { return }
        Self.write(object().text + "\n", to: STDOUT_FILENO)
    }

    /// What was done, or would be.
    func sayDone(_ text: String) { say((isDryRun ? "dry run, nothing was changed: " : "") + text) }

    /// One or more changes, each with what became of it.
    ///
    /// - Parameter left: the apps that nothing was done to, with the reason and what to do about it.
    func show(_ results: [ChangeResult], left: [LeftApp] = []) {
        for result in results where result.outcome != .failed { sayDone(printable(result.message)) }
        for app in left { note(printable("left \(app.app): \(app.message); '\(app.command)'")) }
        show(["schema": 1, "results": results, "left": left])
    }

    // MARK: Questions

    /// Asks on a terminal whether to go on; elsewhere the answer is no.
    func ask(_ app: AppID, _ questions: [ConsentQuestion]) -> Bool {
        guard canAsk else { return false }
        let lines = questions.map { "  \($0.consent.rawValue): \(printable($0.text))\n" }.joined()
        return confirm("\(app):\n\(lines)go on all the same?")
    }

    var canAsk: Bool { !json && Process.isTerminal(STDIN_FILENO) && Process.isTerminal(STDERR_FILENO) }

    func confirm(_ question: String) -> Bool {
        Self.write("\(question) [y/N] ", to: STDERR_FILENO)
        guard let answer = readLine(strippingNewline: true) else { return false }
        return ["y", "yes"].contains(answer.lowercased())
    }

    // MARK: Failures

    func warn(_ failure: any Failure) { warn(failure.message) }

    func warn(_ sentence: String) { Self.write("warning: \(sentence)\n", to: STDERR_FILENO) }

    /// Says what went wrong, what the disk looks like now, and what to do next.
    ///
    /// - Returns: the exit status.
    static func report(_ failure: any Failure, asJSON: Bool) -> Int32 {
        if asJSON {
            let object: JSONValue = [
                "schema": 1,
                "error": [
                    "code": failure.code.rawValue, "message": failure.message, "state": failure.state.rawValue,
                    "help": failure.help, "log": failure.log,
                ] as JSONValue,
            ]
            write(object.text + "\n", to: STDERR_FILENO)
        } else {
            var text = "error: \(failure.message)\nstate: \(failure.state.sentence)\n"
            if let help = failure.help { text += "help:  \(help)\n" }
            text += failure.log.map { "log:   \(printable($0))\n" }.joined()
            text += "code:  \(failure.code.rawValue)\n"
            write(text, to: STDERR_FILENO)
        }
        return failure.code.exitStatus
    }

    /// Writes all of it. Where even this cannot be written, nobody is left to be told.
    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

extension DiskState {
    fileprivate var sentence: String {
        switch self {
        case .unchanged: "nothing was changed"
        case .changed: "the change took effect"
        case .uncertain: "uncertain until the next command settles it"
        }
    }
}
