import HostModel

/// Names that look like others, are no text, or mean something to another system: by a stranger as entries that no
/// inventory lists, by a signer as paths that one does.
extension CaseBook {
    mutating func addNameCases() {
        addNamesThatAreNone()
        addNamesThatLookAlike()
        addListedPaths()
        addListedCollisions()
    }

    // MARK: By a stranger

    private mutating func addNamesThatAreNone() {
        for (name, bytes) in Self.notUTF8 { entry("name-\(name)", bytes, .bundleEntryRefused) }
        for (name, text) in Self.notPlain { entry("name-\(name)", Array(text.utf8), .bundleEntryRefused) }
    }

    private mutating func addNamesThatLookAlike() {
        for (name, text) in [
            ("of-the-sidecars-in-full-width", "\u{FF41}\u{FF50}\u{FF50}\u{FF48}\u{FF4F}\u{FF53}\u{FF54}/manifest.json"),
            ("of-the-sidecars-in-cyrillic", "\u{430}pphost/manifest.json"),
            ("of-the-sidecars-with-a-long-s", "appho\u{17F}t/manifest.json"),
            ("of-the-sidecars-with-a-zero-width-space", "app\u{200B}host/manifest.json"),
            ("of-the-sidecars-with-a-soft-hyphen", "app\u{AD}host/manifest.json"),
            ("of-the-sidecars-with-a-byte-order-mark", "\u{FEFF}apphost/manifest.json"),
            ("of-the-sidecars-with-a-final-dot", "apphost./manifest.json"),
            ("of-the-sidecars-with-a-final-space", "apphost /manifest.json"),
            ("of-the-receipt-in-capitals", "AppHost/Receipt.json"), ("of-a-journal", "journal.json"),
            ("of-a-file-with-a-final-dot", "data/b.txt."), ("of-a-file-with-a-final-space", "data/b.txt "),
            ("of-a-file-in-capitals", "data/B.TXT"), ("of-a-stream-of-a-file", "data/b.txt:stream"),
            ("of-a-file-below-a-directory-in-capitals", "DATA/b.txt"), ("of-a-device-of-dos", "data/NUL.txt"),
            ("of-a-short-name-of-dos", "data/BTXT~1"), ("of-a-resource-fork", "data/._b.txt"),
            ("of-a-letter-and-its-accent", "data/e\u{301}.txt"), ("of-an-option", "-rf"),
            ("of-a-command", "data/$(id)"), ("of-a-percent-code", "data/%2e%2e"), ("of-three-dots", ".../passwd"),
            ("of-an-overlay-whiteout", "data/.wh.b.txt"),
        ] {
            entry("name-\(name)", Array(text.utf8), .bundleEntryUnexpected)
        }
    }

    /// A tar with one more entry.
    private mutating func entry(_ name: String, _ bytes: [UInt8], _ code: FailureCode) {
        forge(.unpack, name, code) {
            $0.onEntries = {
                var entry = Self.extra("data/c.txt")
                entry.name = bytes
                $0.append(entry)
            }
        }
    }

    // MARK: By a signer

    private mutating func addListedPaths() {
        for (name, bytes) in Self.notUTF8 { path("path-\(name)", bytes) }
        for (name, text) in Self.notPlain { path("path-\(name)", Array(text.utf8)) }
        path("path-of-the-sidecars-with-a-long-s", Array("appho\u{17F}t/x".utf8), at: 2)
        path("path-of-the-sidecars-alone", Array("apphost".utf8), at: 1)
    }

    /// A bundle whose inventory has one more line, for a file of that path.
    private mutating func path(_ name: String, _ bytes: [UInt8], at index: Int? = nil) {
        forge(.verify, name, .bundleInventoryInvalid) {
            $0.onLines = { lines in
                let sha256 = String(repeating: "0", count: 64)
                let end = Array(#"","size":2,"mode":"0644","sha256":"\#(sha256)"}"#.utf8)
                lines.insert(Array(#"{"path":""#.utf8) + bytes + end, at: index ?? lines.count)
            }
        }
    }

    private mutating func addListedCollisions() {
        for (name, first, second) in [
            ("final-sigma", "data/\u{3C3}", "data/\u{3C2}"), ("kelvin-sign", "data/k", "data/\u{212A}"),
            ("angstrom-sign", "data/\u{C5}", "data/\u{212B}"), ("dotless-i", "data/i", "data/\u{131}"),
            ("long-s", "data/s", "data/\u{17F}"), ("ligature", "data/ff", "data/\u{FB00}"),
            ("hangul", "data/\u{AC00}", "data/\u{1100}\u{1161}"), ("capital-umlaut", "data/\u{DC}", "data/\u{FC}"),
            ("capital-cyrillic", "data/\u{416}", "data/\u{436}"),
            ("order-of-accents", "data/a\u{323}\u{307}", "data/a\u{307}\u{323}"),
            ("accent-of-a-directory", "\u{E9}/a", "e\u{301}/b"), ("case-of-a-directory", "dir/a", "DIR/b"),
        ] {
            forge(.verify, "collision-by-\(name)-listed", .bundlePathCollision) {
                $0.items += [Item.file(first, "x\n"), Item.file(second, "y\n")]
            }
        }
    }

    // MARK: What is no path, whoever says it

    private static let notUTF8: [(String, [UInt8])] = [
        ("with-an-overlong-slash", [0x64, 0xC0, 0xAF, 0x64]), ("with-an-overlong-dot", [0x64, 0x2F, 0xC0, 0xAE, 0x2E]),
        ("with-an-overlong-nul", [0x64, 0xC0, 0x80]), ("with-an-overlong-slash-of-3-bytes", [0x64, 0xE0, 0x80, 0xAF]),
        ("with-an-overlong-slash-of-4-bytes", [0x64, 0xF0, 0x80, 0x80, 0xAF]),
        ("with-a-surrogate", [0x64, 0xED, 0xA0, 0x80]), ("in-cesu-8", [0x64, 0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80]),
        ("beyond-unicode", [0x64, 0xF4, 0x90, 0x80, 0x80]),
        ("of-5-bytes-a-character", [0x64, 0xF8, 0x88, 0x80, 0x80, 0x80]),
        ("with-half-a-character", [0x64, 0xC3]), ("with-a-continuation-alone", [0x64, 0x80]),
        ("in-latin-1", [0x64, 0xE9, 0x2E, 0x74]), ("with-ff", [0x64, 0xFF, 0xFE]),
    ]

    private static let notPlain = [
        ("with-line-feed", "data/b\u{A}.txt"), ("with-carriage-return", "data/b\u{D}.txt"),
        ("with-tab", "data/b\u{9}.txt"),
        ("with-escape", "data/\u{1B}]0;title\u{7}"), ("with-backspace", "data/b\u{8}.txt"),
        ("with-next-line", "data/b\u{85}.txt"), ("with-control-sequence-of-8-bits", "data/b\u{9B}2J"),
        ("with-left-to-right-mark", "data/b\u{200E}.txt"), ("with-right-to-left-isolate", "data/b\u{2067}.txt"),
        ("with-arabic-letter-mark", "data/b\u{61C}.txt"), ("that-ends-with-dot-dot", "data/.."),
        ("that-ends-with-dot", "data/."), ("that-begins-with-dot-dot", "../data/b.txt"), ("of-a-dot", "."),
        ("of-dot-dot-alone", ".."), ("of-many-dot-dots", "../../../../../../../../etc/cron.d/x"),
        ("with-two-slashes-before-it", "//etc/passwd"), ("of-a-drive-without-slash", "c:x"),
        ("of-another-root", "data/../../sample-evil/x"),
    ]
}
