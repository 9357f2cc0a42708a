import Catalogs
import HostModel
import Testing

/// Which bundle `install ID` means.
struct EntryChoiceTests {
    struct Listed: Sendable {
        let version: String
        let channel: String
        let arch: [String]?
        let content: String?

        init(_ version: String, channel: String = "stable", arch: [String]? = nil, content: String? = nil) {
            self.version = version
            self.channel = channel
            self.arch = arch
            self.content = content
        }
    }

    private static func told(_ choice: EntryChoice) -> String {
        switch choice {
        case .chosen(let listed): "\(listed.entry.version) \(listed.path.description.split(separator: "/").last ?? "")"
        case .noSuchApp: "no app"
        case .noSuchVersion: "no version"
        case .otherChannels(let channels): "in \(channels.joined(separator: ","))"
        case .otherArchitectures(let names): "for \(names.joined(separator: ","))"
        case .notComparable(let versions): "\(versions.count) without order"
        case .ambiguous(let entries): "\(entries.count) alike"
        case .unreadable(let entries): "\(entries.count) unreadable"
        }
    }

    private static func choice(
        _ listed: [Listed], version: String? = nil, channels: Set<String> = ["stable"]
    ) throws -> String {
        var entries: [ListedEntry] = []
        for (index, item) in listed.enumerated() {
            var entry = try Entries.entry("notes", item.version, content: item.content)
            entry.channel = item.channel
            entry.requires = .init(arch: item.arch)
            entries.append(try Entries.listed(entry, file: "\(index)"))
        }
        let id = try #require(AppID("notes"))
        let wanted = version.flatMap { BundleVersion($0) }
        return told(CatalogListing(entries: entries).choose(id, version: wanted, arch: "x86_64", channels: channels))
    }

    @Test(
        arguments: [
            ([], "no app"),
            ([Listed("1.0")], "1.0 0"),
            ([Listed("1.9"), Listed("1.10"), Listed("1.2")], "1.10 1"),
            ([Listed("1.0"), Listed("2.0", channel: "beta")], "1.0 0"),
            ([Listed("2.0", channel: "beta"), Listed("3.0", channel: "nightly")], "in beta,nightly"),
            ([Listed("1.0", arch: ["aarch64"])], "for aarch64"),
            ([Listed("1.0", arch: ["aarch64"]), Listed("1.0", arch: ["x86_64"])], "1.0 1"),
            ([Listed("1.0"), Listed("2.0", arch: ["aarch64"])], "1.0 0"),
            ([Listed("1.0", content: "a"), Listed("1.0", arch: ["x86_64"], content: "b")], "1.0 1"),
            ([Listed("1.0", content: "a"), Listed("1.0", content: "b")], "2 alike"),
            ([Listed("1.0", content: "a"), Listed("1.0.0", content: "a")], "1.0 0"),
            ([Listed("one")], "one 0"),
            ([Listed("one"), Listed("two")], "2 without order"),
            ([Listed("one"), Listed("1.0")], "1.0 1"),
        ] as [([Listed], String)])
    func `the newest that fits is chosen`(listed: [Listed], expected: String) throws {
        #expect(try Self.choice(listed) == expected)
    }

    @Test(
        arguments: [
            ("1.0", "1.0 0"), ("1.0.0", "1.0 0"), ("3.0", "no version"), ("2.0-beta", "no version"),
            ("2.0", "2.0 1"),
        ] as [(String, String)])
    func `a named version is that text or what equals it, in any channel`(version: String, expected: String) throws {
        #expect(try Self.choice([Listed("1.0"), Listed("2.0", channel: "beta")], version: version) == expected)
    }

    @Test func `the operator's channels count`() throws {
        let listed = [Listed("1.0"), Listed("2.0", channel: "beta")]
        #expect(try Self.choice(listed, channels: ["stable", "beta"]) == "2.0 1")
    }

    @Test func `an app that is listed but cannot be understood is told from one that is not listed`() throws {
        let path = try #require(RelativePath("apps/notes/1.0/x"))
        let listing = CatalogListing(entries: [], unknown: [UnknownEntry(path, .notABundle)])
        let notes = try #require(AppID("notes"))
        let other = try #require(AppID("other"))
        #expect(Self.told(listing.choose(notes, arch: "x86_64")) == "1 unreadable")
        #expect(Self.told(listing.choose(other, arch: "x86_64")) == "no app")
    }
}
