import DiskIO
import Glibc
import HostModel
import Hosting
import SystemPackage
import TestSupport
import Testing

/// Where it cannot be known whom this host trusts, it trusts nobody; and no text of a bundle speaks for it.
struct TrustFailsClosedTests {
    /// What became of `trust/keys.json`.
    enum Spoilage: String, CaseIterable, Sendable {
        case missing, empty, noObject, noKeys, cutInTheMiddle, tooLong, newer, directory, fifo, link, danglingLink

        /// Whose trust cannot be read is told so; a list that is not there is an empty one.
        var codes: [FailureCode] {
            switch self {
            case .missing: [.bundleKeyUnknown]
            case .empty, .noObject, .noKeys, .cutInTheMiddle, .tooLong: [.recordUnreadable]
            case .newer: [.needsNewerApphost]
            case .directory, .fifo, .link, .danglingLink: [.recordUnreadable, .diskError]
            }
        }
    }

    private func spoil(_ lab: Lab, _ spoilage: Spoilage) throws {
        let name = "trust/keys.json"
        let path = "\(lab.host.rootPath)/\(name)"
        let whole = try File.open(path, files: LinuxFileSystem()).content(limit: 1 << 20) ?? []
        let text = String(decoding: whole, as: UTF8.self)
        let kept = path + ".kept"
        guard rename(path, kept) == 0 else { throw TestDiskError(call: "rename", path: path, errno: errno) }
        switch spoilage {
        case .missing: break
        case .empty: try lab.write("", to: name)
        case .noObject: try lab.write("[]\n", to: name)
        case .noKeys: try lab.write("{\"schema\":1}\n", to: name)
        case .cutInTheMiddle: try lab.write(String(text.prefix(text.count / 2)), to: name)
        case .tooLong: try lab.write(text + String(repeating: " ", count: 1 << 20), to: name)
        case .newer: try lab.write(text.replacing("\"schema\":1", with: "\"schema\":2"), to: name)
        case .directory: try make(path, mkdir(path, 0o700))
        case .fifo: try make(path, mkfifo(path, 0o600))
        // Its content would be right: a link is none of ours.
        case .link: try make(path, symlink("keys.json.kept", path))
        case .danglingLink: try make(path, symlink("nothing", path))
        }
    }

    private func make(_ path: String, _ result: Int32) throws {
        if result != 0 { throw TestDiskError(call: "make", path: path, errno: errno) }
    }

    @Test(arguments: Spoilage.allCases)
    func `without a list of trusted keys that can be read nothing is installed or updated`(
        spoilage: Spoilage
    ) async throws {
        let lab = try await Lab.withNotes()
        let update = try lab.bundle("1.1.0")
        let install = try lab.bundle("1.0.0", id: "wiki")
        let unsigned = try lab.bundle("1.1.0", by: [])
        try spoil(lab, spoilage)
        let before = try lab.treeWithoutHistory()

        let updating = await failure { try await lab.update(update) }
        #expect(updating.map { spoilage.codes.contains($0.code) } == true, "\(updating?.message ?? "")")
        let installing = await failure { try await lab.install(install) }
        #expect(installing.map { spoilage.codes.contains($0.code) } == true, "\(installing?.message ?? "")")
        if spoilage != .missing {
            // A list that cannot be read does not make a bundle unsigned, or unsigned bundles welcome.
            let accepting = await failure { try await lab.update(unsigned, accept: Set(Consent.allCases)) }
            #expect(accepting.map { spoilage.codes.contains($0.code) } == true, "\(accepting?.message ?? "")")
        }
        #expect(try lab.treeWithoutHistory() == before)
    }

    @Test func `a list of trusted keys that may not be opened stops everything that asks for it`() async throws {
        let lab = try await Lab.withNotes()
        let update = try lab.bundle("1.1.0")
        let before = try lab.treeWithoutHistory()
        let host = AppHost(rootPath: lab.host.rootPath, by: "test", files: ClosedKeys(), now: { Samples.now })
        await expectFailure(.permissionDenied) {
            _ = try await host.update(Lab.notes, from: update, onlyStage: false, options: ChangeOptions())
        }
        #expect(try lab.treeWithoutHistory() == before)
    }

    /// The disk as an ordinary user meets it whose `keys.json` has the mode 000; the superuser is not asked for modes.
    private struct ClosedKeys: ForwardingFileSystem {
        let base: any FileSystem = LinuxFileSystem()

        func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
            if path.description.hasSuffix("keys.json") { throw .permissionDenied }
            return try base.open(path, in: directory, as: opening)
        }
    }

    // MARK: Versions

    static let versions = [
        "0.0.1", "1.1.0-dev", "1.1.0-rc.1+build.5", "1.1.0+signed", "v1.1.0", "0", "9999999", "dev", "latest",
        "unsigned",
    ]

    @Test(arguments: TrustFailsClosedTests.versions)
    func `no text of a version changes whom this host trusts`(version: String) async throws {
        let lab = try await Lab.withNotes()
        let unknown = try lab.bundle(version, by: ["stranger"])
        let unsigned = try lab.bundle(version, by: [])
        // The directory that was packed, with another signature in it.
        let spoilt = String(try lab.bundle(version).dropLast(".zip".count))
        try lab.spoil(spoilt + "/apphost/signatures.json") { envelope in
            let text = String(decoding: envelope, as: UTF8.self)
            guard let start = text.firstRange(of: #""sig":""#)?.upperBound else { return [] }
            let other = text[start] == "A" ? "B" : "A"
            return Array((text[..<start] + other + text[text.index(after: start)...]).utf8)
        }
        let before = try lab.treeWithoutHistory()
        let everything = Set(Consent.allCases).subtracting([.unsigned])
        await expectFailure(.bundleKeyUnknown) { try await lab.update(unknown, accept: everything) }
        await expectFailure(.bundleUnsigned) { try await lab.update(unsigned, accept: everything) }
        await expectFailure(.bundleSignatureInvalid) { try await lab.update(spoilt, accept: everything) }
        #expect(try lab.treeWithoutHistory() == before)
    }
}
