import Glibc
import HostModel
import TestSupport
import Testing

/// The built `apphost`, run as a user runs it, from a directory of its own.
///
/// In it are `bundles/`, a link to `TestBundles/accepted`, what the test makes, and the managed root, `root/`.
final class Program {
    let place: TemporaryDirectory

    init() throws {
        place = try TemporaryDirectory()
        // In some tests another user has to get through.
        try place.setMode("", to: 0o755)
        try place.makeLink("bundles", to: Program.packageRoot + "/TestBundles/accepted")
    }

    private init(in place: TemporaryDirectory) throws {
        self.place = place
        try place.setMode("", to: 0o755)
    }

    /// The same root and the same files in another directory.
    func copy() throws -> Program { try Program(in: place.duplicate()) }

    /// How a command ended.
    struct Outcome: Sendable, Equatable {
        /// The exit status; where a signal ended it, minus the signal's number.
        let status: Int32
        let stdout: String
        let stderr: String

        /// The code that the last line of a failure names; nil where nothing failed.
        var code: String? {
            let prefix = "code:  "
            let line = stderr.split(separator: "\n").last(where: { $0.hasPrefix(prefix) })
            return line.map { String($0.dropFirst(prefix.count)) }
        }
    }

    /// Runs `apphost` to its end.
    ///
    /// - Parameters:
    ///   - line: the arguments, with a space between any two.
    ///   - environment: added to the one that every run has; `""` counts as unset for `APPHOST_ROOT`.
    ///   - launcher: runs it through another program: `setpriv --reuid=…`.
    @discardableResult
    func run(
        _ line: String, stdin: String = "", environment: [String: String] = [:], through launcher: [String] = []
    ) throws -> Outcome {
        try start(line, stdin: stdin, environment: environment, through: launcher).wait()
    }

    /// Runs `apphost` and expects that it does what it is asked to.
    @discardableResult
    func must(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Outcome {
        let outcome = try run(line)
        try #require(outcome.status == 0, "\(line): \(outcome.stderr)", sourceLocation: sourceLocation)
        return outcome
    }

    /// What a command writes with `--json`.
    func json(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue {
        try JSONValue(line: must(line + " --json", sourceLocation: sourceLocation).stdout)
    }

    /// The same of a command that is to write that alone: one line with one object of schema 1.
    func object(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue {
        let outcome = try must(line + " --json", sourceLocation: sourceLocation)
        #expect(outcome.stderr.isEmpty, "\(line)", sourceLocation: sourceLocation)
        #expect(outcome.stdout.split(separator: "\n").count == 1, "\(line)", sourceLocation: sourceLocation)
        let object = try JSONValue(line: outcome.stdout)
        #expect(object.member("schema")?.text == "1", "\(line)", sourceLocation: sourceLocation)
        return object
    }

    /// Starts `apphost` and does not wait for it.
    func start(
        _ line: String, stdin: String = "", environment: [String: String] = [:], through launcher: [String] = []
    ) throws -> RunningProgram {
        guard let executable = Program.executable else {
            throw TestBroken(doing: "find the built apphost beside the tests", errno: ENOENT)
        }
        var variables = [
            "APPHOST_ROOT": place.path + "/root", "HOME": place.path, "LANG": "C.UTF-8",
            "SWIFT_BACKTRACE": "enable=no",
        ]
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        variables.merge(environment) { _, new in new }
        // A child cannot be started in another directory without help.
        let shell = ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, place.path]
        let arguments = line.split(separator: " ").map { String($0) }
        let words = shell + launcher + [executable] + arguments
        return try RunningProgram(words, environment: variables, stdin: stdin, scratch: place.path)
    }

    /// What a person at a terminal would have seen of some commands, with what differs from run to run replaced.
    func transcript(_ lines: String...) throws -> String {
        var text = ""
        for line in lines {
            let outcome = try run(line)
            text += "$ apphost \(line)\n" + outcome.stdout + outcome.stderr
            if outcome.status != 0 { text += "[\(outcome.status)]\n" }
        }
        return plain(text)
    }

    /// Text in which paths, digests, times, users and sizes are replaced, and columns are two spaces apart.
    func plain(_ text: String) -> String {
        var text = text.replacing(place.path, with: "<place>")
        text.replace(/[0-9a-f]{64}/, with: "<digest>")
        text.replace(/[0-9a-f]{12}/, with: "<key>")
        text.replace(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/, with: "<time>")
        text.replace(/cli:[A-Za-z0-9._-]+/, with: "cli:<user>")
        text.replace(/[0-9]+ files, [0-9.]+ [KMGT]?i?B/, with: "<content>")
        text.replace(/\x20{2,}/, with: "  ")
        text.replace(/\x20+\n/, with: "\n")
        return text
    }

    // MARK: What many tests begin with

    /// Makes the key `notes`, trusts it, and packs with it `notes-1.0.zip` and `notes-1.1.zip`.
    func prepare() throws {
        try must("key new notes.key")
        try must("trust add notes.key.pub --name notes")
        try packNotes()
    }

    private func packNotes() throws {
        for version in ["1.0", "1.1"] {
            try must("pack bundles/notes-\(version) -o notes-\(version).zip --key notes.key")
        }
    }

    /// After ``prepare()``: installs 1.0.0, and updates to 1.1.0.
    func prepareUpdated() throws {
        try prepare()
        try must("install ./notes-1.0.zip")
        try must("update notes --from ./notes-1.1.zip")
    }

    /// After ``prepare()``: makes a directory into a catalog that lists 1.0.0.
    func makeCatalog(_ name: String) throws {
        try place.makeDirectory(name)
        try must("catalog init \(name) --key notes.key")
        try must("catalog publish \(name) notes-1.0.zip --key notes.key")
    }

    /// ``prepare()``, and installs 1.0.0 from the catalog `demo`, which is `shop/`.
    func prepareFollowing() throws {
        try prepare()
        try makeCatalog("shop")
        try must("catalog add demo ./shop --root shop/metadata/root.json")
        try must("install notes")
    }

    /// After ``prepareFollowing()``: lets the catalog list 1.1.0 too.
    func publishNewer() throws { try must("catalog publish shop notes-1.1.zip --key notes.key") }

    /// What a publisher has: the keys `notes` and `catalog`, both archives, and `site/`, an empty catalog.
    func preparePublisher() throws {
        for name in ["notes", "catalog"] { try must("key new \(name).key") }
        try packNotes()
        try must("catalog init site --key catalog.key")
    }

    /// Packs a bundle of `files` small files beside its program, signed by `notes`.
    func pack(_ archive: String, version: String, files: Int = 0, id: String = "notes", more: String = "") throws {
        let directory = "source-of-\(archive)"
        let manifest = #"{"schema":1,"id":"\#(id)","name":"Notes","version":"\#(version)"\#(more)}"#
        try place.write(manifest, to: "\(directory)/apphost/manifest.json")
        try place.write("#!/bin/sh\necho \(version)\n", to: "\(directory)/bin/notes", mode: 0o755)
        for number in 0..<files {
            let content = String(repeating: "\(version) \(number)\n", count: 100)
            try place.write(content, to: "\(directory)/lots/\(number % 10)/\(number)")
        }
        try must("pack \(directory) -o \(archive) --key notes.key")
    }

    /// Writes a changed copy of a file.
    func spoil(_ file: String, as name: String, by change: ([UInt8]) -> [UInt8]) throws {
        let bytes = change(try #require(place.read(file)))
        let descriptor = open("\(place.path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TestBroken(doing: "write \(name)", errno: errno) }
        defer { close(descriptor) }
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw TestBroken(doing: "write \(name)", errno: errno)
        }
    }

    // MARK: What is on disk

    /// Everything in the directories of apps but their histories, to show that nothing changed.
    func bundles() throws -> Tree {
        try place.snapshot().filter { $0.key.hasPrefix("root/apps/") && !$0.key.hasSuffix("/history.jsonl") }
    }

    /// Expects that nothing is left of a command that was killed, once the next one has run.
    func expectNoDebris(_ when: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let allowed = [
            "confirm.lock", "history.jsonl", "installed", "lock", "record.json", "rollback", "running.lock", "staged",
        ]
        for app in place.names("root/apps") {
            let left = place.names("root/apps/\(app)").filter { !allowed.contains($0) && !$0.hasPrefix("older-") }
            #expect(left.isEmpty, "\(when)", sourceLocation: sourceLocation)
        }
        for part in ["staging", "trash"] {
            #expect(place.names("root/\(part)").isEmpty, "\(part), \(when)", sourceLocation: sourceLocation)
        }
    }

    // MARK: Where things are

    /// The program that was built with this test, wherever that was.
    static let executable: String? = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let test = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let beside = test.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/apphost"
        return [beside, packageRoot + "/.build/debug/apphost"].first { access($0, X_OK) == 0 }
    }()

    static let packageRoot: String = {
        // Tests/ProgramTests/Program.swift
        #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
    }()
}

/// Something that the test itself could not do.
struct TestBroken: Error {
    let doing: String
    let errno: Int32
}
