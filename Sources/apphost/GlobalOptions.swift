import ArgumentParser
import Glibc

/// What every verb takes, before or after its name.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The managed root.", valueName: "dir"), completion: .directory)
    var root: String?

    @Flag(help: "Write one JSON object to standard output; a failure is one on standard error.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say nothing but what was asked for, and failures.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Answer questions with yes. Never consents.")
    var yes = false

    @Flag(help: "Fetch nothing; make do with what was fetched before.")
    var offline = false

    /// `--root`, else `APPHOST_ROOT`, else the place for this user.
    var rootPath: String {
        if let root { return root }
        if let root = Process.environment("APPHOST_ROOT"), !root.isEmpty { return root }
        if geteuid() == 0 { return "/var/lib/apphost" }
        if let data = Process.environment("XDG_DATA_HOME"), data.hasPrefix("/") { return data + "/apphost" }
        return (Process.environment("HOME") ?? ".") + "/.local/share/apphost"
    }

    /// The parser knows global options only behind a verb, so those before it are moved there.
    static func moveBehindVerb(_ arguments: [String]) -> [String] {
        var moved: [String] = []
        var rest = arguments[...]
        while let first = rest.first, first.hasPrefix("-") {
            if first == "--root", rest.count > 1 {
                moved += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if ["--json", "--quiet", "-q", "--yes", "-y", "--offline"].contains(first)
                || first.hasPrefix("--root=")
            {
                moved.append(first)
                rest = rest.dropFirst()
            } else {
                return arguments
            }
        }
        let groups = ["trust", "key", "catalog"]
        let verbs = rest.prefix(rest.first.map(groups.contains) == true ? 2 : 1)
        return Array(verbs) + moved + rest.dropFirst(verbs.count)
    }
}

/// This process, as far as the command line asks about it.
enum Process {
    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The name of the user who runs this, or the number where there is no name.
    static var userName: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "\(getuid())" }
        return String(cString: name)
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}
