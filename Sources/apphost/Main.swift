import ArgumentParser
import Glibc
import HostModel
import Hosting

/// Parses, runs, and turns whatever was thrown into a report and an exit status.
@main
enum Main {
    static func main() async {
        // Whoever started this may have it ignored, and then a child's number is another's before anybody waited for it.
        signal(SIGCHLD, SIG_DFL)
        // What supervises an app: alone in its process, before anything else makes threads of it.
        if CommandLine.arguments.dropFirst() == [Supervising.verb] { exit(Supervising.run()) }
        // What reads an archive for another process of this program, likewise. It could do nothing of what an exit does.
        let words = Array(CommandLine.arguments.dropFirst())
        if words.first == ArchiveChild.verb { _exit(ArchiveChild.run(words)) }
        // libarchive turns each entry's time into seconds, which without TZ looks for /etc/localtime every time.
        setenv("TZ", "UTC0", 1)
        let arguments = GlobalOptions.moveBehindVerb(words)
        let wantsJSON = arguments.contains("--json")
        var command: any ParsableCommand
        do { command = try AppHostCommand.parseAsRoot(arguments) } catch {
            exit(reportParsing(error, asJSON: wantsJSON))
        }
        do {
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as any Failure {
            exit(Console.report(failure, asJSON: wantsJSON))
        } catch let status as ExitStatus {
            exit(status.number)
        } catch  where [.success, .validationFailure].contains(AppHostCommand.exitCode(for: error)) {
            // What a verb found wrong with its words, and help.
            exit(reportParsing(error, asJSON: wantsJSON))
        } catch {
            exit(Console.report(UnexpectedFailure(error), asJSON: wantsJSON))
        }
    }

    /// Help and completion scripts go to standard output with status 0; what is wrong with the words has status 64.
    private static func reportParsing(_ error: any Error, asJSON: Bool) -> Int32 {
        let status = AppHostCommand.exitCode(for: error)
        if status == .success || !asJSON { AppHostCommand.exit(withError: error) }
        let usage = UsageFailure(message: AppHostCommand.message(for: error))
        return Console.report(usage, asJSON: true)
    }
}

/// Ends the program with a status, after everything was said.
struct ExitStatus: Error {
    let number: Int32
}

private struct UsageFailure: Failure {
    let message: String
    var code: FailureCode { .usage }
    var help: String? { "'apphost help' shows every command" }
}
