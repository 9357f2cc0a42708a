import Archives
import Bundles
import HostModel
import Testing

/// `formats.md` 2.4: what may stand where something is listed.
struct EntryPolicyTests {
    private static let special = "it carries setuid, setgid or sticky"

    private func problem(
        _ kind: ArchiveEntry.Kind, mode: UInt32 = 0o644, listedAs listed: InventoryEntry.Kind
    ) -> String? {
        EntryPolicy.problem(of: ArchiveEntry(name: Array("a".utf8), kind: kind, mode: mode), listedAs: listed)
    }

    private func file(isExecutable: Bool) -> InventoryEntry.Kind {
        .file(size: 5, isExecutable: isExecutable, sha256: Samples.digest(of: "12345"))
    }

    private static let link = InventoryEntry.Kind.link(target: Array("b".utf8))

    /// A mode, and what keeps a file of it from being listed as plain and as executable.
    private static let modes: [(UInt32, String?, String?)] = [
        (0o644, nil, "it may not be executed"), (0o755, "it may be executed", nil),
        (0o600, nil, "it may not be executed"), (0o700, "it may be executed", nil),
        (0o400, nil, "it may not be executed"), (0o500, "it may be executed", nil),
        (0o000, nil, "it may not be executed"), (0o777, "it may be executed", nil),
        // The owner's bit alone counts.
        (0o655, nil, "it may not be executed"), (0o744, "it may be executed", nil),
        (0o4755, special, special), (0o2755, special, special), (0o1755, special, special),
        (0o4644, special, special), (0o2644, special, special), (0o1644, special, special),
        (0o7777, special, special),
    ]

    @Test func `a file's mode says whether it may be executed, and nothing else`() {
        for (mode, asPlain, asExecutable) in Self.modes {
            #expect(problem(.file(size: 5), mode: mode, listedAs: file(isExecutable: false)) == asPlain)
            #expect(problem(.file(size: 5), mode: mode, listedAs: file(isExecutable: true)) == asExecutable)
            #expect(EntryPolicy.problem(ofMode: mode, isExecutable: false) == asPlain)
            #expect(EntryPolicy.problem(ofMode: mode, isExecutable: true) == asExecutable)
        }
    }

    @Test(arguments: [0, 4, 6, Int64.max])
    func `another size is refused, whatever the mode`(size: Int64) {
        let expected = "it has \(size) bytes, listed are 5"
        #expect(problem(.file(size: size), listedAs: file(isExecutable: false)) == expected)
        #expect(problem(.file(size: size), mode: 0o755, listedAs: file(isExecutable: true)) == expected)
    }

    @Test func `a link must lead where it is listed to lead, byte for byte`() {
        #expect(problem(.link(target: Array("b".utf8)), mode: 0o777, listedAs: Self.link) == nil)
        #expect(problem(.link(target: Array("c".utf8)), listedAs: Self.link) == "it leads to 'c'")
        #expect(problem(.link(target: Array("./b".utf8)), listedAs: Self.link) == "it leads to './b'")
        #expect(problem(.link(target: []), listedAs: Self.link) == "it leads to ''")
        let composed = InventoryEntry.Kind.link(target: Array("\u{E9}".utf8))
        #expect(problem(.link(target: Array("e\u{301}".utf8)), listedAs: composed) != nil)
    }

    @Test func `what a link leads to cannot imitate our output`() {
        let target = Array("\u{1B}[2K".utf8)
        #expect(problem(.link(target: target), listedAs: Self.link) == "it leads to '\\u{1b}[2K'")
    }

    @Test func `the mode of a link says nothing`() {
        for mode: UInt32 in [0o000, 0o644, 0o777, 0o7777] {
            #expect(problem(.link(target: Array("b".utf8)), mode: mode, listedAs: Self.link) == nil)
        }
    }

    @Test func `a directory may have any mode without special bits`() {
        for mode: UInt32 in [0o000, 0o555, 0o700, 0o755, 0o777] {
            #expect(problem(.directory, mode: mode, listedAs: .directory) == nil)
        }
        for mode: UInt32 in [0o1777, 0o2755, 0o4755] {
            #expect(problem(.directory, mode: mode, listedAs: .directory) == Self.special)
        }
    }

    @Test func `one kind never stands for another`() {
        let link = ArchiveEntry.Kind.link(target: Array("b".utf8))
        let file = ArchiveEntry.Kind.file(size: 5)
        let listedFile = self.file(isExecutable: false)
        #expect(problem(link, listedAs: listedFile) == "it is no file")
        #expect(problem(.directory, listedAs: listedFile) == "it is no file")
        #expect(problem(file, listedAs: Self.link) == "it is no link")
        #expect(problem(.directory, listedAs: Self.link) == "it is no link")
        #expect(problem(file, listedAs: .directory) == "it is no directory")
        #expect(problem(link, listedAs: .directory) == "it is no directory")
    }

    @Test(arguments: ["a hard link", "a FIFO", "a device", "a socket", "encrypted"])
    func `what no bundle may hold stands for nothing`(what: String) {
        for listed in [file(isExecutable: false), Self.link, .directory] {
            #expect(problem(.other(what), listedAs: listed) == "it is \(what)")
        }
    }
}
