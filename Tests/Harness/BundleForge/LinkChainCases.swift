import HostModel

/// Links that lead on to others, and what stands where a link stood: no reader may write through one.
extension CaseBook {
    mutating func addLinkChainCases() {
        addUnlistedLinks()
        addListedLinks()
        addLongChain()
    }

    // MARK: By a stranger

    private mutating func addUnlistedLinks() {
        let code = FailureCode.bundleEntryUnexpected
        link("link-out-and-a-file-through-it", code, Self.link("out", "/tmp"), Self.extra("out/passwd"))
        link("link-above-and-a-file-through-it", code, Self.link("out", ".."), Self.extra("out/passwd"))
        link("link-to-a-sibling-and-a-file-through-it", code, Self.link("out", "../other"), Self.extra("out/bin/run"))
        link("link-to-the-sidecars-and-a-file-through-it", code, Self.link("out", "apphost"), Self.extra("out/x.json"))
        let directory = Entry("out", kind: .directory, mode: 0o777)
        link("link-and-a-directory-over-it", code, Self.link("out", "/tmp"), directory)
        link(
            "links-in-a-chain", code, Self.link("a", "data"), Self.link("a/b", ".."), Self.link("a/b/c", ".."),
            Self.extra("a/b/c/passwd"))
        link("link-of-a-long-target", code, Self.link("out", String(repeating: "../", count: 33)))
        link("link-to-itself", code, Self.link("out", "out"))
        link("link-with-setuid", code, Entry("out", kind: .link, mode: 0o4777, target: "data/a.txt"))
        link("hard-link-out-of-the-bundle", .bundleEntryRefused, Self.hardLink("out", "../../../etc/passwd"))
        link("hard-link-absolute", .bundleEntryRefused, Self.hardLink("out", "/etc/passwd"))
        link("hard-link-to-itself", .bundleEntryRefused, Self.hardLink("out", "out"))
        link("hard-link-to-the-receipt", .bundleEntryRefused, Self.hardLink("out", "apphost/receipt.json"))
        link("hard-link-through-a-link", code, Self.link("out", "/etc"), Self.hardLink("passwd", "out/passwd"))
        let outside = Self.hardLink("out", "/etc/passwd")
        link("hard-link-and-a-file-over-it", .bundleEntryRefused, outside, Self.extra("out"))
    }

    /// A tar with these behind the last entry.
    private mutating func link(_ name: String, _ code: FailureCode, _ entries: Entry...) {
        forge(.unpack, name, code) { $0.onEntries = { $0 += entries } }
    }

    private static func link(_ name: String, _ target: String) -> Entry {
        Entry(name, kind: .link, mode: 0o777, target: target)
    }

    private static func hardLink(_ name: String, _ target: String) -> Entry {
        Entry(name, kind: .hardLink, target: target)
    }

    // MARK: By a signer

    private mutating func addListedLinks() {
        // Where the link stands in the archive, or would, something else is written.
        listed("directory-over-a-link-listed", .bundleOrder) {
            $0.append(Entry("lib", kind: .directory, mode: 0o755))
        }
        listed("file-over-a-link-listed", .bundleOrder) { $0.append(Self.extra("lib")) }
        listed("link-twice-listed", .bundleOrder) { $0.append(Self.link("lib", "/tmp")) }
        listed("file-through-a-link-listed", .bundleEntryUnexpected) { $0.append(Self.extra("lib/c.txt")) }
        listed("listed-file-through-a-link-listed", .bundleEntryUnexpected) { $0.append(Self.extra("lib/a.txt")) }
        listed("hard-link-to-a-link-listed", .bundleEntryRefused) { $0.append(Self.hardLink("more", "lib")) }
        listed("link-of-another-length-listed", .bundleEntryMismatch) {
            $0.change("lib") { $0.target = Array("data/".utf8) }
        }
        listed("hard-link-in-the-place-of-a-link-listed", .bundleEntryMismatch) {
            $0.change("lib") { $0 = Self.hardLink("lib", "data/a.txt") }
        }
        for (name, kind) in [("character-device", .characterDevice), ("fifo", .fifo)] as [(String, Entry.Kind)] {
            listed("\(name)-in-the-place-of-a-link-listed", .bundleEntryMismatch) {
                $0.change("lib") { $0 = Entry("lib", kind: kind) }
            }
        }
    }

    /// A bundle with a listed link to its `data`, and other entries.
    private mutating func listed(_ name: String, _ code: FailureCode, _ lie: @escaping (inout [Entry]) -> Void) {
        forge(.unpack, name, code) {
            $0.items.append(Item.link("lib", to: "data"))
            $0.onEntries = lie
        }
    }

    /// Directories in directories of long names, and in each a link of one letter to the next: a target through the
    /// letters is short, and what it leads to is longer than a path may be, so that some leave the rest unresolved.
    ///
    /// CVE-2025-4517
    private mutating func addLongChain() {
        let directory = String(repeating: "d", count: 247)
        var items: [Item] = []
        var above = ""
        var letters: [String] = []
        for letter in "abcdefghijklmnop" {
            items.append(Item.link(above + String(letter), to: directory))
            letters.append(String(letter))
            above += directory + "/"
        }
        items.append(Item.directory(above + "end"))
        let up = String(repeating: "../", count: 16)
        items.append(Item.link("escape", to: letters.joined(separator: "/") + "/end/" + up + "etc"))
        chained("link-chain-of-path-max-listed", .bundleLinkInvalid, items)

        let out = String(repeating: "../", count: 4) + "etc/passwd"
        chained(
            "link-through-links-out-of-the-bundle-listed", .bundleLinkInvalid,
            [Item.link("a", to: "data"), Item.link("b", to: "a"), Item.link("c", to: "b/" + out)])
        chained(
            "links-in-a-circle-through-one-another-listed", .bundleLinkInvalid,
            [Item.link("a", to: "b/x"), Item.link("b", to: "a/x")])
        chained(
            "link-through-a-missing-directory-listed", .bundleLinkInvalid, [Item.link("a", to: "none/../data/a.txt")])
        let long = String(repeating: "b/", count: 3000)
        chained("link-over-4096-bytes-listed", .bundleLinkInvalid, [Item.link("a", to: long)])
    }

    /// A bundle that is refused for its inventory; its payload is not there.
    private mutating func chained(_ name: String, _ code: FailureCode, _ items: [Item]) {
        forge(.verify, name, code) {
            $0.items += items
            $0.onEntries = { $0.removeSubrange(3...) }
        }
    }
}
