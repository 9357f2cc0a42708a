import ArgumentParser
import Glibc

/// What every verb takes but the root, before or after its name.
struct GlobalFlags: ParsableArguments {
    @Flag(help: "Write one JSON object to standard output; a failure is one on standard error.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say nothing but what was asked for, and failures.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Answer questions with yes. Never consents.")
    var yes = false

    @Flag(help: "Fetch nothing; make do with what was fetched before.")
    var offline = false
}

/// What every verb takes, before or after its name.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The managed root.", valueName: "dir"), completion: .directory)
    var root: String?

    @OptionGroup var flags: GlobalFlags

    var json: Bool { flags.json }
    var quiet: Bool { flags.quiet }
    var yes: Bool { flags.yes }
    var offline: Bool { flags.offline }

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
        var rest = arguments[...]
        while let first = rest.first, first.hasPrefix("-") {
            if first == "--root", rest.count > 1 {
                rest = rest.dropFirst(2)
            } else if ["--json", "--quiet", "-q", "--yes", "-y", "--offline"].contains(first)
                || first.hasPrefix("--root=")
            {
                rest = rest.dropFirst()
            } else {
                return arguments
            }
        }
        var moved = Array(arguments[..<rest.startIndex])
        let groups = ["trust", "key", "catalog", "secret", "review", "scheduler", "token"]
        let verbs = rest.prefix(rest.first.map(groups.contains) == true ? 2 : 1)
        if Array(verbs) == CatalogAddVerb.words { moved = moved.map(CatalogAddVerb.asManagedRoot) }
        return Array(verbs) + moved + rest.dropFirst(verbs.count)
    }
}

extension GlobalOptions {
    /// For a verb whose `--root` is something else.
    init(root: String?, flags: GlobalFlags) {
        self.init()
        self.root = root
        self.flags = flags
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

    /// Nil where it cannot be told.
    static var workingDirectory: String? {
        guard let path = getcwd(nil, 0) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}
