import Glibc
import HostModel
import TestSupport
import Testing

/// What a publisher writes is text and nothing else: no order to a terminal, no word of a shell, no option, no mode, no
/// program that runs before somebody starts it.
struct UntrustedTextTests {
    // MARK: Terminals

    /// Erases lines, moves the cursor, turns the direction of reading, and begins a line that looks like our own.
    private static let spell =
        "\u{1B}[2K\u{1B}[1Aevil\u{1B}]0;title\u{7}\u{9B}31m\u{202E}gpj\u{2066}x\u{2069}\u{200F}\u{7F}\u{8}"
        + "\r\nerror: none\t"

    private func packSpelled(_ program: Program, version: String, permissions: [String]) throws {
        let variable: JSONValue = ["name": "NOTES_THEME", "description": Self.spell, "default": Self.spell]
        let secret: JSONValue = ["name": "NOTES_TOKEN", "description": Self.spell, "required": true, "secret": true]
        let reasons = JSONValue.object(permissions.map { JSONValue.Member($0, Self.spell.json) })
        let variables = [variable, secret]
        let name = "Notes \(Self.spell)"
        let manifest: JSONValue = [
            "schema": 1, "id": "notes", "name": name, "version": version, "summary": Self.spell,
            "permissions": permissions, "permissionRationale": reasons, "environment": variables,
        ]
        try program.place.write(manifest.text, to: "spelled-\(version)/apphost/manifest.json")
        try program.place.write("a note\n", to: "spelled-\(version)/a.txt")
        try program.must("pack spelled-\(version) -o spelled-\(version).zip --key notes.key")
    }

    /// Every look at it, and what asks for consent.
    private static let looks = [
        "inspect ./spelled-1.0.0.zip", "install ./spelled-1.0.0.zip --dry-run", "install ./spelled-1.0.0.zip", "list",
        "info notes", "history notes", "permissions notes", "config notes", "secret list notes", "policy notes",
        "verify", "status notes", "update notes --from ./spelled-1.1.0.zip --dry-run",
        "update notes --from ./spelled-1.1.0.zip",
        "update notes --from ./spelled-1.1.0.zip --stage --accept permissions", "apply notes", "info notes", "doctor",
        "start notes", "unstage notes", "catalog add demo ./shop --root shop/metadata/root.json", "catalog info demo",
        "search", "search evil", "check", "check notes", "why notes", "outdated", "update notes", "history notes",
        "uninstall notes --dry-run", "uninstall notes", "info notes",
    ]

    @Test func `nothing that a publisher writes orders the terminal about or imitates our output`() throws {
        let program = try Program()
        try program.must("key new notes.key")
        try program.must("trust add notes.key.pub --name notes")
        try packSpelled(program, version: "1.0.0", permissions: ["data.read"])
        try packSpelled(program, version: "1.1.0", permissions: ["data.read", "data.write"])
        try program.place.makeDirectory("shop")
        try program.must("catalog init shop --key notes.key")
        try program.must("catalog publish shop spelled-1.1.0.zip --key notes.key")
        var told = ""
        for line in Self.looks {
            let outcome = try program.run(line)
            let text = outcome.stdout + outcome.stderr
            let controls = text.unicodeScalars.filter { $0.isControl && $0 != "\n" }
            #expect(controls.isEmpty, "\(line): \(controls.map { String($0.value, radix: 16) })")
            #expect(text.split(separator: "\n").allSatisfy { !$0.hasPrefix("error: none") }, "\(line)")
            told += text
            // For programs the text is whole, and escaped as JSON is.
            let forPrograms = try program.run(line + " --json")
            let bytes = (forPrograms.stdout + forPrograms.stderr).utf8
            #expect(bytes.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\n") }, "\(line) --json")
        }
        #expect(told.contains("\\u{1b}[2K"), "it was shown nowhere")
        #expect(told.contains("\\u{202e}"), "it was shown nowhere")
    }

    // MARK: Shells

    /// Names that a shell would take for more than a name. Without spaces: the command lines of tests are split there.
    private static let names = [
        "it's$(touch${IFS}pwned)", "`touch${IFS}pwned`", "\"quoted\";touch${IFS}pwned;", "|touch${IFS}pwned",
        "&&touch${IFS}pwned", ">pwned", "${HOME}", "*", "?", "~", "!!", "%s%n", "$0", "#",
    ]

    @Test func `no name in a bundle or of one is a word of a shell`() throws {
        let program = try Program()
        try program.must("key new notes.key")
        try program.must("trust add notes.key.pub --name notes")
        for version in ["1.0.0", "1.1.0"] {
            let directory = "source-\(version)"
            try program.place.write(
                #"{"schema":1,"id":"notes","name":"$(touch pwned)","version":"\#(version)"}"#,
                to: "\(directory)/apphost/manifest.json")
            for name in Self.names { try program.place.write("\(name) \(version)\n", to: "\(directory)/\(name)") }
            for suffix in ["zip", "tar.gz"] {
                try program.must("pack \(directory) -o ./\(Self.names[0])-\(version).\(suffix) --key notes.key")
            }
        }
        let archive = "./\(Self.names[0])"
        let lines = [
            "inspect \(archive)-1.0.0.zip", "install \(archive)-1.0.0.zip",
            "update notes --from \(archive)-1.1.0.tar.gz", "rollback notes", "verify --all-slots", "doctor",
            "info notes",
        ]
        for line in lines { try program.must(line) }
        for name in Self.names {
            #expect(program.place.text("root/apps/notes/installed/\(name)") == "\(name) 1.0.0\n", "\(name)")
        }
        try program.must("uninstall notes --purge --yes")
        #expect(try program.place.snapshot().keys.filter { $0.hasSuffix("pwned") && !$0.hasPrefix("source-") } == [])
    }

    // MARK: Options

    @Test func `what begins with a hyphen is a name where names are meant, and no id at all`() throws {
        let program = try Program()
        try program.must("key new notes.key")
        try program.must("trust add notes.key.pub --name notes")
        let names = ["-rf", "--help", "--root=elsewhere", "-", "--", "-d/-n"]
        try program.place.write(
            #"{"schema":1,"id":"notes","name":"--help","version":"1.0.0"}"#, to: "source/apphost/manifest.json")
        for name in names { try program.place.write("\(name)\n", to: "source/\(name)") }
        try program.must("pack source -o ./-rf.zip --key notes.key")
        try program.must("install -- ./-rf.zip")
        for name in names { #expect(program.place.text("root/apps/notes/installed/\(name)") == "\(name)\n") }
        try program.must("verify notes")

        let before = try program.place.snapshot()
        let lines = [
            "info -- -notes", "uninstall -- --purge", "rollback notes --to -1", "trust add notes.key.pub --name -n",
            "hold -- -notes", "catalog remove -- -demo",
        ]
        for line in lines {
            let outcome = try program.run(line)
            #expect(outcome.status == 64, "\(line): \(outcome.stderr)")
        }
        for manifest in [#""id":"-notes","version":"1.0.0""#, #""id":"notes","version":"-1.0.0""#] {
            try program.place.write(#"{"schema":1,"name":"Notes",\#(manifest)}"#, to: "bad/apphost/manifest.json")
            #expect(try program.run("pack bad -o bad.zip --key notes.key").code == "bundle_manifest_invalid")
        }
        let after = try program.place.snapshot().filter { !$0.key.hasPrefix("bad") }
        #expect(after == before)
    }

    // MARK: Modes

    /// A shell that has another umask becomes the program.
    private func through(umask: String) -> [String] { ["/bin/sh", "-c", "umask \(umask); exec \"$@\"", "sh"] }

    private static let life = [
        "trust add notes.key.pub --name notes", "settings retention=2", "install ./notes-1.0.zip",
        "update notes --from ./notes-1.1.zip --stage", "apply notes", "config notes NOTES_THEME=dark", "rollback notes",
    ]

    /// Kind and mode of everything below the root.
    private func modes(umask: String) throws -> [String: String] {
        let program = try Program()
        try program.must("key new notes.key")
        for version in ["1.0", "1.1"] {
            try program.must("pack bundles/notes-\(version) -o notes-\(version).zip --key notes.key")
        }
        for line in Self.life {
            let outcome = try program.run(line, through: through(umask: umask))
            try #require(outcome.status == 0, "\(line): \(outcome.stderr)")
        }
        for line in ["verify --all-slots", "doctor"] {
            let outcome = try program.run(line, through: through(umask: umask))
            #expect(outcome.status == 0, "\(umask): \(outcome.stdout)")
        }
        let below = try program.place.snapshot().filter { $0.key.hasPrefix("root") }
        return below.mapValues { $0.split(separator: " ").prefix(2).joined(separator: " ") }
    }

    @Test func `modes are ours, whatever the umask and whatever an archive says`() throws {
        let found = try modes(umask: "0")
        let under077 = try modes(umask: "077")
        #expect(found == under077)
        let writable = found.filter { _, what in
            let bits = what.split(separator: " ").last.flatMap { UInt32($0, radix: 8) } ?? 0
            return bits & 0o022 != 0
        }
        #expect(writable.isEmpty, "\(writable)")
        #expect(found["root/apps/notes/installed/bin/notes"] == "file 555")
        #expect(found["root/apps/notes/installed/apphost/manifest.json"] == "file 444")
    }

    @Test func `owners, times, attributes, lists and wider modes of an archive are neither refused nor taken over`()
        throws
    {
        let program = try Program()
        try program.must("key new notes.key")
        try program.must("trust add notes.key.pub --name notes")
        try program.must("pack bundles/notes-1.0 -o plain.tar --key notes.key")
        let plain = try #require(program.place.read("plain.tar"))
        var dressed = DressedTar()
        dressed.dress(plain)
        #expect(dressed.entries > 4)
        let archive = Glibc.open("\(program.place.path)/dressed.tar", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(archive >= 0)
        defer { close(archive) }
        try #require(write(archive, dressed.bytes, dressed.bytes.count) == dressed.bytes.count)

        try program.must("install ./plain.tar")
        let expected = try installed(program)
        try program.must("uninstall notes")
        try program.must("install ./dressed.tar")
        #expect(try installed(program) == expected)
        try program.must("verify")
    }

    /// Kind, mode and content of what is installed, with owner and extended attributes; the receipt has its own times.
    private func installed(_ program: Program) throws -> [String: String] {
        let below = try program.place.snapshot().filter {
            $0.key.hasPrefix("root/apps/notes/installed") && !$0.key.hasSuffix("receipt.json")
        }
        var found: [String: String] = [:]
        for (path, what) in below {
            let place = "\(program.place.path)/\(path)"
            var status = stat()
            try #require(lstat(place, &status) == 0)
            let isOld = status.st_mtim.tv_sec < DressedTar.time + 1
            let attributes = try lengthOfAttributes(place)
            found[path] = "\(what) \(status.st_uid) \(status.st_gid) \(attributes) \(isOld)"
        }
        return found
    }

    /// Bytes of the names of a file's extended attributes, or -1.
    ///
    /// Source: listxattr(2). The module of glibc lacks its header.
    private func lengthOfAttributes(_ path: String) throws -> Int {
        typealias Call = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<CChar>?, Int) -> Int
        return unsafeBitCast(try #require(dlsym(nil, "llistxattr")), to: Call.self)(path, nil, 0)
    }

    // MARK: Programs

    @Test func `nothing of a bundle runs before somebody starts it`() throws {
        let program = try Program()
        try program.must("key new notes.key")
        try program.must("trust add notes.key.pub --name notes")
        let mark = "#!/bin/sh\ntouch '\(program.place.path)/ran'\n"
        for version in ["1.0.0", "1.1.0"] {
            let directory = "source-\(version)"
            let launch: JSONValue = ["command": ["bin/notes"]]
            let probe: JSONValue = ["kind": "exec", "command": ["bin/probe"]]
            let probes = [probe]
            let manifest: JSONValue = [
                "schema": 1, "id": "notes", "name": "Notes", "version": version, "launch": launch, "health": probes,
            ]
            try program.place.write(manifest.text, to: "\(directory)/apphost/manifest.json")
            for name in ["bin/notes", "bin/probe", "preinst", "postinst", "setup.sh", "install", "Makefile"] {
                try program.place.write(mark, to: "\(directory)/\(name)", mode: 0o755)
            }
            try program.must("pack \(directory) -o notes-\(version).tar.zst --key notes.key")
        }
        let changes = [
            "inspect ./notes-1.0.0.tar.zst", "install ./notes-1.0.0.tar.zst --dry-run", "install ./notes-1.0.0.tar.zst",
            "update notes --from ./notes-1.1.0.tar.zst --stage", "apply notes", "rollback notes",
            "update notes --from ./notes-1.1.0.tar.zst --accept known-bad", "verify --all-slots", "doctor",
            "uninstall notes --purge --yes",
        ]
        for line in changes {
            try program.must(line)
            for look in ["list", "info notes", "status notes", "check", "history notes"] { _ = try program.run(look) }
            #expect(!program.place.exists("ran"), "\(line)")
        }
    }
}

/// A tar made of another one, with all of an entry that no bundle has: owners, times, attributes, lists, flags, and modes
/// that let anybody write.
private struct DressedTar {
    /// Seconds; 2001-09-09.
    static let time = 1_000_000_000

    private(set) var bytes: [UInt8] = []
    private(set) var entries = 0

    private static let extras = [
        "SCHILY.acl.access=user::rwx,group::rwx,other::rwx", "SCHILY.acl.default=user::rwx,group::rwx,other::rwx",
        "SCHILY.fflags=immutable,append", "SCHILY.xattr.user.mark=x", "SCHILY.xattr.security.capability=x",
        "LIBARCHIVE.xattr.user.mark=eA==", "RHT.security.selinux=system_u:object_r:etc_t:s0", "uid=4711", "gid=4711",
        "uname=somebody", "gname=somebody", "mtime=\(time).5", "atime=\(time)", "ctime=\(time)", "comment=x",
    ]

    mutating func dress(_ plain: [UInt8]) {
        let records = Self.extras.map { Self.record($0) }.joined()
        var start = 0
        while plain[start] != 0 {
            var header = Array(plain[start..<(start + 512)])
            let size = Self.number(header[124..<135])
            let end = start + 512 + (size + 511) / 512 * 512
            var pax = header
            pax[156] = UInt8(ascii: "x")
            Self.put(records.utf8.count, digits: 11, at: 124, in: &pax)
            append(pax, Array(records.utf8))
            Self.put(Self.number(header[100..<107]) & 0o111 | 0o666, digits: 7, at: 100, in: &header)
            Self.put(4711, digits: 7, at: 108, in: &header)
            Self.put(4711, digits: 7, at: 116, in: &header)
            Self.put(Self.time, digits: 11, at: 136, in: &header)
            append(header, Array(plain[(start + 512)..<(start + 512 + size)]))
            entries += 1
            start = end
        }
        bytes += plain[start...]
    }

    private mutating func append(_ header: [UInt8], _ content: [UInt8]) {
        var header = header
        header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        Self.put(header.reduce(0) { $0 + Int($1) }, digits: 6, at: 148, in: &header)
        bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int {
        Int(String(decoding: digits, as: UTF8.self), radix: 8) ?? 0
    }

    /// The digits and a NUL.
    private static func put(_ number: Int, digits: Int, at offset: Int, in header: inout [UInt8]) {
        let text = String(number, radix: 8)
        let field = String(repeating: "0", count: digits - text.utf8.count) + text + "\u{0}"
        header.replaceSubrange(offset..<(offset + digits + 1), with: field.utf8)
    }

    /// A record of a pax header, which has its own length in it.
    private static func record(_ text: String) -> String {
        var length = text.utf8.count + 3
        while "\(length) \(text)\n".utf8.count != length { length += 1 }
        return "\(length) \(text)\n"
    }
}
