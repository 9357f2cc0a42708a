import ArgumentParser
import Dispatch
import Glibc
import HostModel
import Hosting

/// Where the value of a secret comes from: a file, standard input, or a terminal that does not show it. Never an
/// argument, because every user of a host can read those.
enum SecretInput {
    /// - Parameter source: the path of a file; `-` is standard input; nil asks where there is a terminal.
    static func read(_ source: String?, for name: String, _ host: AppHost, _ console: Console) throws -> SecretValue {
        if let source, source != "-" { return try host.secretValue(fromFile: source, for: name) }
        guard source == nil, Process.isTerminal(STDIN_FILENO) else {
            return try AppHost.secretValue(standardInput(), for: name)
        }
        guard console.canAsk else { throw ValidationError("Give the value with '--from FILE', or '--from -'.") }
        return try AppHost.secretValue(ask("the value of \(printable(name)): "), for: name)
    }

    /// Asks on the terminal without showing what is typed.
    private static func ask(_ question: String) throws -> [UInt8] {
        var shown = termios()
        guard tcgetattr(STDIN_FILENO, &shown) == 0 else { throw InputFailure(errno: errno) }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        let sources = restoring(shown)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            Console.write("\n", to: STDERR_FILENO)
            for source in sources { source.cancel() }
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
        Console.write(question, to: STDERR_FILENO)
        return try standardInput(oneLine: true)
    }

    /// Whoever stops this program while it asks gets a terminal back that shows what is typed.
    private static func restoring(_ shown: termios) -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM].map { number -> any DispatchSourceSignal in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "apphost.ask"))
            source.setEventHandler {
                var shown = shown
                tcsetattr(STDIN_FILENO, TCSANOW, &shown)
                Console.write("\n", to: STDERR_FILENO)
                _exit(FailureCode.interrupted.exitStatus)
            }
            source.resume()
            return source
        }
    }

    /// - Parameter oneLine: whether the first line feed ends it.
    /// - Returns: no more than what shows that it is too long.
    private static func standardInput(oneLine: Bool = false) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= SecretValue.limit + 1 {
            let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw InputFailure(errno: errno) }
            bytes += buffer[..<count]
            if count == 0 || (oneLine && bytes.last == UInt8(ascii: "\n")) { break }
        }
        return bytes
    }
}

/// Standard input could not be read.
private struct InputFailure: Failure {
    let errno: Int32
    var code: FailureCode { .diskError }
    var message: String { "cannot read standard input: \(String(cString: strerror(errno)))" }
    var help: String? { nil }
}
