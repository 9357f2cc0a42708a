import HostModel
import Testing

/// `formats.md` 1, *Relative path*.
struct RelativePathTests {
    private func path(_ text: String) throws -> RelativePath { try #require(RelativePath(text)) }

    // MARK: What is one

    static let accepted: [String] = [
        "a", "a/b", "a/b/c.txt", ".a", "a.", "...", "a/...", "..a", "a..b", "a b", " ", "a/ ", "-", "~", "c", "cd:x",
        "1:x", "\u{E9}", "e\u{301}", "\u{65E5}\u{672C}/\u{1F600}", "a\u{A0}b", "a\u{200B}b", "a\u{AD}",
        String(repeating: "a", count: 255),
        "\(String(repeating: "\u{E9}", count: 127))a",
        deep(64),
        longest(4096),
    ]

    private static func deep(_ levels: Int) -> String { Array(repeating: "d", count: levels).joined(separator: "/") }

    /// A path of so many bytes, in components that are none of them too long.
    private static func longest(_ bytes: Int) -> String {
        let full = Array(repeating: String(repeating: "a", count: 255), count: 15)
        let last = bytes - 15 * 256 - 129
        return (full + [String(repeating: "b", count: 128), String(repeating: "c", count: last)]).joined(separator: "/")
    }

    @Test(arguments: RelativePathTests.accepted)
    func `a path below a directory is taken as it is`(text: String) throws {
        #expect(try path(text).bytes == Array(text.utf8))
        #expect(try path(text).description.utf8.elementsEqual(text.utf8))
    }

    static let refused: [String] = [
        // Empty, absolute, with empty components
        "", "/", "/a", "a/", "a//b", "//a",
        // Dots
        ".", "..", "./a", "a/.", "a/./b", "../a", "a/..", "a/../b",
        // Other systems'
        "a\\b", "\\a", "c:", "c:x", "C:/x", "z:\\x",
        // Control characters: C0, DEL, C1, bidirectional
        "a\u{0}", "\u{1}", "a\nb", "a\rb", "a\tb", "a\u{1B}[31m", "\u{1F}", "a\u{7F}", "a\u{80}", "a\u{85}", "a\u{9F}",
        "a\u{61C}", "a\u{200E}", "a\u{200F}", "a\u{202A}", "a\u{202E}b", "a\u{2066}", "a\u{2069}", "d/a\u{202D}/b",
        // A slash that hides in a grapheme is a slash all the same
        "a/\u{301}/../b",
        // Too long, too deep
        String(repeating: "a", count: 256), "d/\(String(repeating: "a", count: 256))/e",
        String(repeating: "\u{E9}", count: 128),
        deep(65),
        longest(4097),
    ]

    @Test(arguments: RelativePathTests.refused)
    func `what could lead elsewhere, or look like another, is no path`(text: String) {
        #expect(RelativePath(text) == nil)
    }

    @Test(
        arguments: [
            [0xFF], [0x61, 0x80], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xC3],
            [0x61, 0x2F, 0xC3],
        ] as [[UInt8]])
    func `what is not UTF-8 is no path`(bytes: [UInt8]) {
        #expect(RelativePath(bytes) == nil)
        #expect(RelativePath(bytes[...]) == nil)
    }

    // MARK: Parts

    @Test func `a path is split at slashes, as bytes`() throws {
        let deep = try path("a/b/\u{301}c")
        #expect(deep.components.map { Array($0) } == [[0x61], [0x62], [0xCC, 0x81, 0x63]])
        #expect(try deep.parent == path("a/b"))
        #expect(try deep.parent?.parent == path("a"))
        #expect(try path("a").parent == nil)
        #expect(try deep.ancestors == [path("a"), path("a/b")])
        #expect(try path("a").ancestors == [])
    }

    @Test(arguments: [
        ("a/b", "a", true), ("a/b/c", "a", true), ("a/b/c", "a/b", true), ("a", "a", false), ("ab/c", "a", false),
        ("a", "a/b", false), ("b/a", "a", false), ("a-/b", "a", false), ("A/b", "a", false),
    ])
    func `below means in it, at any depth`(below: String, directory: String, isBelow: Bool) throws {
        #expect(try path(below).isBelow(path(directory)) == isBelow)
    }

    @Test(arguments: [
        ("apphost", true), ("apphost/x", true), ("AppHost/x", true), ("APPHOST", true), ("appho\u{17F}t/x", true),
        ("apphosts", false), ("apphos", false), ("x/apphost", false), ("apphost.d/x", false),
    ])
    func `the part of the sidecars is reserved in any letter case`(text: String, isReserved: Bool) throws {
        #expect(try path(text).isReserved == isReserved)
    }

    // MARK: Order and equality

    @Test func `a directory's content follows it without a gap`() throws {
        let ordered = [
            "a", "a/b", "a/b/c", "a/z", "a b", "a-b", "a.b", "a0", "aa", "b", "\u{E9}", "\u{E9}/x", "\u{1F600}",
        ]
        let paths = try ordered.map { try path($0) }
        #expect(paths.reversed().sorted() == paths)
        #expect(paths.shuffled().sorted() == paths)
        for (one, other) in zip(paths, paths.dropFirst()) {
            #expect(one < other)
            #expect(!(other < one))
            #expect(!(one < one))
        }
    }

    @Test func `paths are compared as bytes, not as text`() throws {
        let composed = try path("\u{E9}")
        let decomposed = try path("e\u{301}")
        #expect(composed.description == decomposed.description)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed)
    }

    // MARK: Collisions

    @Test(arguments: [
        ("a", "A"), ("Makefile", "makefile"), ("d/A", "D/a"), ("\u{E9}", "e\u{301}"), ("\u{C9}", "e\u{301}"),
        ("\u{DF}", "SS"), ("\u{DF}", "ss"), ("stra\u{DF}e", "STRASSE"), ("\u{17F}", "s"), ("\u{17F}", "S"),
        ("\u{FB01}n", "FIN"), ("\u{212A}", "k"), ("\u{131}", "I"), ("\u{3A3}", "\u{3C2}"), ("\u{3C3}", "\u{3C2}"),
        ("\u{41F}", "\u{43F}"), ("\u{3B1}\u{345}\u{301}", "\u{3B1}\u{301}\u{345}"),
        ("\u{3B1}\u{345}\u{301}", "\u{391}\u{301}\u{345}"), ("\u{1FBC}\u{301}", "\u{1FB4}"),
    ])
    func `paths that are alike but for case or normalisation collide`(one: String, other: String) throws {
        #expect(try !path(one).collisionKeys.isDisjoint(with: path(other).collisionKeys))
    }

    @Test(arguments: [("a", "b"), ("e", "\u{E9}"), ("a", "a/a"), ("a-b", "a_b"), ("0", "O"), ("\u{430}", "a")])
    func `other paths do not`(one: String, other: String) throws {
        #expect(try path(one).collisionKeys.isDisjoint(with: path(other).collisionKeys))
    }
}
