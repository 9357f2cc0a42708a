import Bundles
import DiskIO
import Glibc
import HostModel
import Hosting
import Storage
import TestSupport
import Testing

/// A host in a temporary directory of its own, with publishers and their bundles in another.
///
/// Everything is about the app `notes`, unless it says otherwise; time stands still at ``Samples/now``.
final class Lab {
    /// Holds nothing but `root/`.
    private let disk: TemporaryDirectory
    /// Keys, bundle directories and archives.
    private let shop: TemporaryDirectory
    let host: AppHost
    private var keys: Set<String> = []
    private var bundles = 0

    static let notes: AppID = {
        guard let id = AppID("notes") else { preconditionFailure("'notes' is an app id") }
        return id
    }()

    init() throws {
        disk = try TemporaryDirectory()
        shop = try TemporaryDirectory()
        host = Lab.makeHost(disk.path + "/root", at: Samples.now)
    }

    /// A host that trusts the key `notes` and has `notes` 1.0.0 installed.
    static func withNotes() async throws -> Lab {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0"))
        return lab
    }

    private static func makeHost(_ path: String, at moment: Timestamp) -> AppHost {
        AppHost(rootPath: path, by: "test", now: { moment })
    }

    /// The same root, used by somebody who does not own it.
    func hostOfStranger() -> AppHost {
        AppHost(rootPath: host.rootPath, by: "stranger", user: LinuxFileSystem.effectiveUser + 1, now: { Samples.now })
    }

    /// The same host at another time.
    func sameHost(at moment: Timestamp) -> AppHost { Lab.makeHost(host.rootPath, at: moment) }

    // MARK: Publishers

    /// Makes a key pair, once for each name.
    func makeKey(_ name: String) throws {
        if keys.insert(name).inserted { _ = try Publishing().newKey(at: keyFile(name)) }
    }

    func keyFile(_ name: String) -> String { "\(shop.path)/\(name).key" }

    /// Makes a key pair and trusts it.
    func trust(
        _ name: String, for purposes: [String] = ["bundle"], apps: [AppID]? = nil, from: Timestamp? = nil,
        until: Timestamp? = nil
    ) throws {
        try makeKey(name)
        let key = AppHost.NewTrust(
            keyFile: keyFile(name) + ".pub", name: name, purposes: purposes, apps: apps, validFrom: from,
            validUntil: until)
        _ = try host.addTrust(key, dryRun: false)
    }

    func setTrust(_ name: String, to status: String) throws {
        _ = try host.setTrust(name, to: status, dryRun: false)
    }

    func set(_ name: String, to value: String) throws {
        _ = try host.changeSettings([(key: name, value: value)], dryRun: false)
    }

    /// Packs a bundle, signed by each of `signers`.
    ///
    /// - Parameters:
    ///   - signers: none packs an unsigned one.
    ///   - page: what tells two bundles of one version apart.
    /// - Returns: the archive's path.
    func bundle(
        _ version: String, id: String = "notes", by signers: [String] = ["notes"],
        permissions: [String] = ["network.listen"], transport: String = "http", arch: [String]? = nil,
        page: String = "Notes", environment: [JSONValue] = [], sandbox: JSONValue? = nil,
        emptyDirectory: String? = nil
    ) throws -> String {
        bundles += 1
        let name = "\(bundles)-\(id)-\(version)"
        let manifest: JSONValue = [
            "schema": 1, "id": id, "name": "Notes", "version": version,
            "launch": ["command": JSONValue.array([.string("bin/notes")])] as JSONValue, "transport": transport,
            "permissions": permissions, "requires": ["arch": arch] as JSONValue, "environment": environment,
            "sandbox": sandbox,
        ]
        try shop.write(manifest.text, to: "\(name)/apphost/manifest.json")
        try shop.write("#!/bin/sh\necho \(version)\n", to: "\(name)/bin/notes", mode: 0o755)
        try shop.write("<h1>\(page) \(version)</h1>\n", to: "\(name)/static/index.html")
        try shop.write("h1 { color: navy }\n", to: "\(name)/static/style.css")
        if let emptyDirectory { try shop.makeDirectory("\(name)/\(emptyDirectory)") }
        let directory = "\(shop.path)/\(name)"
        for signer in signers {
            try makeKey(signer)
            _ = try Publishing().sign(
                directory, keyFile: keyFile(signer), caseSensitive: nil, dryRun: false, progress: { _ in })
        }
        return try pack(directory, as: name + ".zip")
    }

    /// Packs a bundle of `TestBundles/accepted/`, signed by `notes`.
    func realBundle(_ name: String, as suffix: String) throws -> String {
        try makeKey("notes")
        return try pack(
            "\(Self.packageRoot)/TestBundles/accepted/\(name)", as: "\(name).\(suffix)", keyFile: keyFile("notes"))
    }

    private func pack(_ directory: String, as name: String, keyFile: String? = nil) throws -> String {
        let archive = "\(shop.path)/\(name)"
        _ = try Publishing().pack(
            directory, output: archive, keyFile: keyFile, caseSensitive: nil, dryRun: false, progress: { _ in })
        return archive
    }

    private static let packageRoot: String = {
        // Tests/HostingTests/Lab.swift
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    // MARK: Use cases

    @discardableResult
    func install(_ source: String, accept: Set<Consent> = [], dryRun: Bool = false) async throws -> ChangeResult {
        try await host.install(source, options: ChangeOptions(accepted: accept, dryRun: dryRun))
    }

    @discardableResult
    func update(
        _ source: String, stage: Bool = false, accept: Set<Consent> = [], expect: ContentDigest? = nil,
        dryRun: Bool = false
    ) async throws -> ChangeResult {
        try await host.update(
            Self.notes, from: source, onlyStage: stage, expect: expect,
            options: ChangeOptions(accepted: accept, dryRun: dryRun))
    }

    @discardableResult
    func apply(accept: Set<Consent> = [], dryRun: Bool = false) async throws -> ChangeResult {
        try await host.apply(Self.notes, options: ChangeOptions(accepted: accept, dryRun: dryRun))
    }

    @discardableResult
    func unstage(dryRun: Bool = false) async throws -> ChangeResult {
        try await host.unstage(Self.notes, options: ChangeOptions(dryRun: dryRun))
    }

    @discardableResult
    func rollback(to version: String? = nil, dryRun: Bool = false) async throws -> ChangeResult {
        let target = try version.map { try Samples.version($0) }
        return try await host.rollback(Self.notes, to: target, options: ChangeOptions(dryRun: dryRun))
    }

    @discardableResult
    func uninstall(purge: Bool = false, dryRun: Bool = false) async throws -> String? {
        let (result, keptData) = try await host.uninstall(
            Self.notes, purge: purge, options: ChangeOptions(dryRun: dryRun))
        #expect(result.outcome == .done)
        return keptData
    }

    // MARK: What is on disk

    /// The directory of the app `notes`.
    func app() throws -> AppDirectory {
        let opened = try ManagedRoot.open(
            host.rootPath, user: LinuxFileSystem.effectiveUser, files: LinuxFileSystem())
        let root = try #require(opened)
        let app = try root.app(Self.notes)
        return try #require(app)
    }

    /// Slot and version of every bundle that is there: `installed 1.1.0`, `rollback 1.0.0`.
    func slots() throws -> [String] {
        let app = try app()
        var found: [String] = []
        for slot in try app.slots() {
            let version = try app.open(slot)?.manifest().version.text ?? "nothing"
            // The number in `older-3` is the engine's own affair.
            let name = slot.name.hasPrefix("older-") ? "older" : slot.name
            found.append("\(name) \(version)")
        }
        return found.sorted()
    }

    func history() throws -> [HistoryLine] { try app().history() }

    func record() throws -> AppRecord { try app().record() }

    func receipt(_ slot: Slot = .installed) throws -> Receipt {
        let tree = try app().open(slot)
        return try #require(tree).receipt()
    }

    /// What verification finds wrong with every slot: `installed: static/style.css is missing`.
    func problems() throws -> [String] {
        try host.verify([Self.notes], allSlots: true, options: ChangeOptions()).flatMap { slot in
            slot.problems.map { "\(slot.slot): \($0)" }
        }
    }

    /// Everything below the root, to be compared.
    func tree() throws -> Tree { try disk.snapshot() }

    /// ``tree()`` without the history, which a refusal adds to.
    func treeWithoutHistory() throws -> Tree { Self.withoutHistory(try tree()) }

    static func withoutHistory(_ tree: Tree) -> Tree {
        var tree = tree
        tree["root/apps/notes/history.jsonl"] = nil
        return tree
    }

    /// The names in a directory below the root, sorted.
    func names(_ path: String) -> [String] { disk.names("root/\(path)") }

    /// Writes a file below the root, in the place of one that is there.
    func write(_ text: String, to path: String) throws { try disk.write(text, to: "root/\(path)", mode: 0o600) }

    // MARK: Damage

    /// A path below `apps/notes/`.
    func inApp(_ path: String) -> String { "\(host.rootPath)/apps/notes/\(path)" }

    /// Flips one bit of a file below `apps/notes/` and touches nothing else, as a failing disk would.
    ///
    /// Other slots may have the same file; theirs stays whole.
    func damage(_ path: String) throws {
        try disk.separate("root/apps/notes/\(path)")
        try withWritable(inApp(path)) { file in
            let descriptor = open(file, O_RDWR | O_CLOEXEC)
            try require(descriptor >= 0)
            defer { close(descriptor) }
            var byte: UInt8 = 0
            try require(pread(descriptor, &byte, 1, 0) == 1)
            byte ^= 1
            try require(pwrite(descriptor, &byte, 1, 0) == 1)
        }
    }

    /// Puts a file where AppHost put none.
    ///
    /// - Parameter path: below the root.
    func plant(_ path: String) throws {
        let file = "\(host.rootPath)/\(path)"
        try withWritable(String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])) { _ in
            let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            try require(descriptor >= 0)
            defer { close(descriptor) }
            try require(fchmod(descriptor, 0o444) == 0)
        }
    }

    /// Removes a file below `apps/notes/`.
    func remove(_ path: String) throws {
        let file = inApp(path)
        try withWritable(String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])) { _ in
            try require(unlink(file) == 0)
        }
    }

    /// Removes an empty directory below the root.
    func removeDirectory(_ path: String) throws { try require(rmdir("\(host.rootPath)/\(path)") == 0) }

    /// Replaces an archive's bytes by others.
    func spoil(_ archive: String, by change: ([UInt8]) -> [UInt8]) throws {
        let file = try File.open(archive, files: LinuxFileSystem())
        let content = try file.content(limit: 1 << 20)
        let bytes = change(try #require(content))
        let descriptor = open(archive, O_WRONLY | O_TRUNC | O_CLOEXEC)
        try require(descriptor >= 0)
        defer { close(descriptor) }
        try require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    /// - Parameter path: below the root; empty for the root itself.
    func setMode(_ path: String, to mode: UInt32) throws {
        if !path.isEmpty { try disk.separate("root/\(path)") }
        try disk.setMode(path.isEmpty ? "root" : "root/\(path)", to: mode)
    }

    /// Makes a directory of the app's own, `data` or one of those beside it, as running the app would.
    func makeOwn(_ part: String) throws {
        try disk.makeDirectory("root/\(part)/notes", mode: 0o700)
        try write("of the app", to: "\(part)/notes/file")
    }

    /// Makes something writable, and gives it back the mode it had.
    private func withWritable(_ path: String, _ body: (String) throws -> Void) throws {
        var status = stat()
        try require(stat(path, &status) == 0)
        try require(chmod(path, status.st_mode & 0o7777 | 0o200) == 0)
        try body(path)
        try require(chmod(path, status.st_mode & 0o7777) == 0)
    }

    /// A system call of the test itself went wrong.
    private struct TestBroken: Error { let errno: Int32 }

    private func require(_ isDone: Bool) throws {
        if !isDone { throw TestBroken(errno: errno) }
    }
}

/// Expects that `body` fails with a code.
func expectFailure(
    _ code: FailureCode, sourceLocation: SourceLocation = #_sourceLocation, from body: () async throws -> Void
) async {
    let found = await failure(sourceLocation: sourceLocation, from: body)
    #expect(found?.code == code, "\(found?.message ?? "")", sourceLocation: sourceLocation)
}

/// What `body` fails with; records an issue where that is none of ours.
func failure(
    sourceLocation: SourceLocation = #_sourceLocation, from body: () async throws -> Void
) async -> (any Failure)? {
    do {
        try await body()
        Issue.record("nothing failed", sourceLocation: sourceLocation)
        return nil
    } catch {
        if let failure = error as? any Failure { return failure }
        Issue.record("\(error)", sourceLocation: sourceLocation)
        return nil
    }
}

/// What `body` asks somebody to consent to; nothing where it goes on without.
func questions(from body: () async throws -> Void) async throws -> [Consent] {
    do {
        try await body()
        return []
    } catch HostError.consentRequired(_, let questions) {
        return questions.map(\.consent)
    }
}
