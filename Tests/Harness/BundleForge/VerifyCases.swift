import HostModel
import Signatures

/// What nobody trusted vouches for, or what says one thing here and another there: refused before any payload is read.
extension CaseBook {
    mutating func addVerifyCases() {
        addSidecarCases()
        addSignatureCases()
        addStatementCases()
        addInventoryCases()
        addLineCases()
        addPathCases()
        addReservedCases()
        addCollisionCases()
        addLinkCases()
        addManifestCases()
    }

    // MARK: Which sidecars there are, and in which order

    private mutating func addSidecarCases() {
        verify("unsigned", .bundleUnsigned) { $0.onEntries = { $0.omit(Sidecar.signatures) } }
        verify("payload-first", .bundleOrder) { $0.onEntries = { $0.swapAt(0, 3) } }
        verify("manifest-first", .bundleOrder) { $0.onEntries = { $0.swapAt(0, 2) } }
        verify("inventory-missing", .bundleEntryMissing) { $0.onEntries = { $0.omit(Sidecar.inventory) } }
        verify("manifest-missing", .bundleEntryMissing) { $0.onEntries = { $0.omit(Sidecar.manifest) } }
        verify("nothing-but-signatures", .bundleEntryMissing) { $0.onEntries = { $0.removeLast($0.count - 1) } }
        verify("manifest-before-inventory", .bundleEntryMissing) { $0.onEntries = { $0.swapAt(1, 2) } }
        verify("dot-slash-before-every-name", .bundleOrder) {
            $0.onEntries = { entries in
                for index in entries.indices { entries[index].name = Array("./".utf8) + entries[index].name }
            }
        }
        verify("directory-entry-first", .bundleOrder) {
            $0.onEntries = { $0.insert(Entry("apphost", kind: .directory, mode: 0o755), at: 0) }
        }
        verify("signatures-are-a-directory", .bundleEntryRefused) {
            $0.onEntries = { $0[0] = Entry(Sidecar.signatures, kind: .directory, mode: 0o755) }
        }
        verify("signatures-are-a-link", .bundleEntryRefused) {
            $0.onEntries = { $0[0] = Entry(Sidecar.signatures, kind: .link, mode: 0o777, target: "../data/a.txt") }
        }
        verify("signatures-are-a-fifo", .bundleEntryRefused) {
            $0.onEntries = { $0[0] = Entry(Sidecar.signatures, kind: .fifo) }
        }
        verify("signatures-with-setuid", .bundleEntryRefused) {
            $0.onEntries = { $0.change(Sidecar.signatures) { $0.mode = 0o4644 } }
        }
        verify("inventory-executable", .bundleEntryRefused) {
            $0.onEntries = { $0.change(Sidecar.inventory) { $0.mode = 0o755 } }
        }
    }

    // MARK: The envelope and who signed it

    private mutating func addSignatureCases() {
        let other = keys.other
        verify("signed-by-another", .bundleKeyUnknown) { $0.signers = [other] }
        verify("signed-by-nobody", .bundleStatementInvalid) { $0.signers = [] }
        verify("payload-flipped-byte", .bundleSignatureInvalid) {
            $0.onEnvelope = { envelope in
                var payload = envelope.payload
                payload.flip(payload.count / 2)
                envelope = Envelope(
                    payloadType: envelope.payloadType, payload: payload, signatures: envelope.signatures)
            }
        }
        verify("signature-flipped-byte", .bundleSignatureInvalid) {
            $0.onEnvelope = { $0.changeSignature { $0.flip(40) } }
        }
        verify("signature-cut-by-a-byte", .bundleSignatureInvalid) {
            $0.onEnvelope = { $0.changeSignature { $0.removeLast(1) } }
        }
        verify("signature-empty", .bundleSignatureInvalid) {
            $0.onEnvelope = { $0.changeSignature { $0.removeAll() } }
        }
        verify("bad-signature-beside-a-stranger", .bundleSignatureInvalid) {
            $0.onEnvelope = { envelope in
                envelope.changeSignature { $0.flip(0) }
                envelope = envelope.signed(with: other)
            }
        }
        verify("payload-type-changed-after-signing", .bundleSignatureInvalid) {
            $0.onEnvelope = { envelope in
                envelope = Envelope(
                    payloadType: "text/plain", payload: envelope.payload, signatures: envelope.signatures)
            }
        }
        verify("signatures-are-no-json", .bundleStatementInvalid) {
            $0.onSignatures = { $0 = Array("signed\n".utf8) }
        }
        verify("signatures-empty", .bundleStatementInvalid) { $0.onSignatures = { $0 = [] } }
        verify("signatures-cut-by-a-brace", .bundleStatementInvalid) { $0.onSignatures = { $0.removeLast(2) } }
        verify("signatures-with-a-key-twice", .bundleStatementInvalid) {
            $0.onSignatures = { $0.change("{\"payloadType\"", to: "{\"payload\":\"\",\"payloadType\"") }
        }
        verify("payload-with-a-line-break", .bundleStatementInvalid) {
            $0.onSignatures = { $0.change("\"payload\":\"", to: "\"payload\":\"\\n") }
        }
    }

    // MARK: What was signed

    private mutating func addStatementCases() {
        verify("payload-type-wrong", .bundleStatementInvalid) { $0.payloadType = "application/json" }
        statement("statement-type-wrong", "https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
        statement("predicate-type-wrong", "urn:apphost:predicate:bundle:1", "urn:apphost:predicate:review:1")
        statement("predicate-type-newer", "urn:apphost:predicate:bundle:1", "urn:apphost:predicate:bundle:2")
        statement("two-subjects", "}}],\"predicateType\"", "}},{\"name\":\"x\",\"digest\":{}}],\"predicateType\"")
        statement("subject-of-another-name", Sidecar.inventory, "apphost/inventory.json")
        statement("subject-without-sha256", "\"sha256\"", "\"sha512\"")
        statement("statement-without-sums", "\"files\"", "\"file\"")
        statement("statement-with-a-negative-size", "\"inventoryBytes\":", "\"inventoryBytes\":-")
        statement("statement-with-a-key-twice", "{\"_type\"", "{\"predicateType\":\"\",\"_type\"")

        claims("inventory-bytes-too-small", .bundleLimitExceeded) { $0.inventoryBytes -= 1 }
        claims("inventory-bytes-too-large", .bundleInconsistent) { $0.inventoryBytes += 1 }
        claims("files-too-few", .bundleInconsistent) { $0.files -= 1 }
        claims("files-too-many", .bundleInconsistent) { $0.files += 1 }
        claims("bytes-too-few", .bundleInconsistent) { $0.bytes -= 1 }
        claims("bytes-too-many", .bundleInconsistent) { $0.bytes += 1 }
        claims("files-over-the-limit", .bundleLimitExceeded) { $0.files = 1_000_001 }
        claims("bytes-over-the-limit", .bundleLimitExceeded) { $0.bytes = (64 << 30) + 1 }
        claims("signed-for-another-app", .bundleInconsistent) { $0.app = "other" }
        claims("signed-for-another-version", .bundleInconsistent) { $0.version = "1.0.1" }
    }

    // MARK: The inventory as a whole

    private mutating func addInventoryCases() {
        verify("inventory-flipped-byte", .bundleDigestMismatch) {
            $0.onEntries = { $0.change(Sidecar.inventory) { $0.content.flip($0.content.count / 2) } }
        }
        verify("inventory-cut-by-a-line", .bundleDigestMismatch) {
            $0.onEntries = { $0.change(Sidecar.inventory) { $0.content.removeLast(80) } }
        }
        lines("inventory-out-of-order") { $0.swapAt(3, 4) }
        lines("duplicate-path") { $0.insert($0[3], at: 4) }
        lines("duplicate-path-with-another-size") { $0.insert(Item.file("data/a.txt", "longer\n").line, at: 4) }
        lines("file-above-a-path") { $0.insert(Item.file("data", "d\n").line, at: 3) }
        lines("link-above-a-path") { $0.insert(Item.link("data", to: "bin").line, at: 3) }
        lines("directory-above-a-path") { $0.insert(Item.directory("data").line, at: 3) }
        lines("sizes-over-64-bits") {
            for name in ["x", "y"] { $0.append(Self.line("data/\(name)", size: "9223372036854775807")) }
        }
        lines("inventory-without-header") { $0.removeSubrange(0..<1) }
        lines("header-with-a-space") { $0[0].change(",\"app\"", to: ", \"app\"") }
        lines("header-with-another-key") { $0[0].change("{\"schema\":1", to: "{\"schema\":1,\"x-note\":\"\"") }
        lines("header-with-an-old-schema") { $0[0].change("\"schema\":1", to: "\"schema\":0") }
        lines("inventory-newer", .needsNewerApphost) { $0[0].change("\"schema\":1", to: "\"schema\":2") }
        lines("inventory-of-another-app", .bundleInconsistent) { $0[0].change("sample", to: "simple") }
        lines("inventory-of-another-version", .bundleInconsistent) { $0[0].change("1.0.0", to: "1.0.1") }
        lines("manifest-not-listed", .bundleEntryMissing) { $0.removeSubrange(1..<2) }
        verify("inventory-empty", .bundleInventoryInvalid) { $0.onInventory = { $0.removeAll() } }
        verify("last-line-feed-missing", .bundleInventoryInvalid) { $0.onInventory = { $0.removeLast(1) } }
        verify("empty-line", .bundleInventoryInvalid) { $0.onInventory = { $0.append(UInt8(ascii: "\n")) } }
        verify("space-after-the-last-line", .bundleInventoryInvalid) { $0.onInventory = { $0.append(0x20) } }
        verify("line-over-16-kib", .bundleInventoryInvalid) {
            $0.onLines = { $0.append([UInt8](repeating: 0x61, count: (16 << 10) + 1)) }
        }
    }

    // MARK: A line that says a thing in another way

    private mutating func addLineCases() {
        lines("mode-0600") { $0[3].change("0644", to: "0600") }
        lines("mode-with-setuid") { $0[2].change("0755", to: "4755") }
        lines("mode-without-zero") { $0[3].change("\"0644\"", to: "\"644\"") }
        lines("mode-as-number") { $0[3].change("\"0644\"", to: "420") }
        lines("space-in-a-line") { $0[3].change("\"size\":", to: "\"size\": ") }
        lines("space-before-a-line") { $0[3].insert(0x20, at: 0) }
        lines("space-after-a-line") { $0[3].append(0x20) }
        lines("carriage-return-after-a-line") { $0[3].append(0x0D) }
        lines("escape-that-need-not-be") { $0[3].change("data/a.txt", to: "data/\\u0061.txt") }
        lines("escaped-slash") { $0[3].change("data/a.txt", to: "data\\/a.txt") }
        lines("digest-in-capitals") { $0[3] = Self.line("data/a.txt", sha256: String(repeating: "A", count: 64)) }
        lines("digest-too-short") { $0[3] = Self.line("data/a.txt", sha256: String(repeating: "a", count: 62)) }
        lines("size-with-leading-zero") { $0[3] = Self.line("data/a.txt", size: "02") }
        lines("size-negative") { $0[3] = Self.line("data/a.txt", size: "-2") }
        lines("size-with-a-sign") { $0[3] = Self.line("data/a.txt", size: "+2") }
        lines("size-with-a-fraction") { $0[3] = Self.line("data/a.txt", size: "2.0") }
        lines("size-over-64-bits") { $0[3] = Self.line("data/a.txt", size: "9223372036854775808") }
        lines("size-missing") { $0[3].change("\"size\":2,", to: "") }
        lines("keys-in-another-order") {
            $0[3].change("\"size\":2,\"mode\":\"0644\"", to: "\"mode\":\"0644\",\"size\":2")
        }
        lines("key-unknown") { $0[3].change("\"size\"", to: "\"owner\":0,\"size\"") }
        lines("two-objects-in-a-line") { $0[3].append(contentsOf: $0[4]) }
        lines("directory-false") { $0.append(Array(#"{"path":"empty","directory":false}"#.utf8)) }
        lines("link-with-a-size") { $0.append(Array(#"{"path":"link","link":"data/a.txt","size":2}"#.utf8)) }
    }

    // MARK: A path that is none

    private mutating func addPathCases() {
        path("path-with-dot-dot", "data/../a.txt")
        path("path-that-is-dot-dot", "..")
        path("path-with-dot", "data/./a.txt")
        path("path-absolute", "/etc/passwd")
        path("path-empty", "")
        path("path-with-empty-component", "data//a.txt")
        path("path-with-final-slash", "data/")
        path("path-with-backslash", "data\\\\a.txt")
        path("path-with-bare-backslash", "data\\a.txt")
        path("path-with-drive", "C:/a.txt")
        path("path-with-control-character", "data/\u{7F}.txt")
        path("path-with-escaped-control-character", "data/\\u0001.txt")
        path("path-with-raw-control-character", "data/\u{1}.txt")
        path("path-with-bidirectional-control", "data/\u{202E}txt.exe")
        path("path-with-component-of-256-bytes", String(repeating: "n", count: 256))
        path("path-of-65-components", String(repeating: "n/", count: 64) + "n")
        path("path-over-4096-bytes", String(repeating: String(repeating: "n", count: 240) + "/", count: 18) + "n")
        lines("path-not-utf-8") {
            var line = Self.line("data/?.txt")
            for index in line.indices where line[index] == UInt8(ascii: "?") { line[index] = 0xFF }
            $0.append(line)
        }
    }

    // MARK: What only AppHost may put there

    private mutating func addReservedCases() {
        lines("extra-file-in-apphost") { $0.insert(Item.file("apphost/extra", "x\n").line, at: 1) }
        lines("receipt-listed") { $0.insert(Item.file("apphost/receipt.json", "{}\n").line, at: 2) }
        lines("inventory-lists-itself") { $0.insert(Item.file(Sidecar.inventory, "x\n").line, at: 1) }
        lines("signatures-listed") { $0.insert(Item.file(Sidecar.signatures, "x\n").line, at: 2) }
        lines("directory-in-apphost") { $0.insert(Item.directory("apphost/spool").line, at: 2) }
        lines("apphost-in-capitals") { $0.insert(Item.file("APPHOST/x", "x\n").line, at: 1) }
        lines("manifest-in-capitals") { $0.insert(Item.file("AppHost/manifest.json", "x\n").line, at: 1) }
        lines("manifest-listed-as-link") { $0[1] = Item.link(Sidecar.manifest, to: "../data/a.txt").line }
        lines("manifest-listed-as-executable") { $0[1].change("0644", to: "0755") }
    }

    // MARK: Paths that are one where letter case or normalisation does not count

    private mutating func addCollisionCases() {
        collision("collision-by-case", "data/A.txt")
        collision("collision-of-directories-by-case", "DATA/c.txt")
        collision("collision-of-file-and-directory-by-case", "Data")
        collision("collision-by-sharp-s", "data/stra\u{DF}e", "data/STRASSE")
        collision("collision-by-normalisation", "data/\u{E9}", "data/e\u{301}")
        collision("collision-of-directories-by-normalisation", "\u{E9}/a", "e\u{301}/b")
        verify("collision-by-normalisation-where-case-counts", .bundlePathCollision) {
            $0.items += [Item.file("data/\u{E9}", "x\n"), Item.file("data/e\u{301}", "y\n")]
            $0.onClaims = { $0.caseSensitive = true }
        }
    }

    // MARK: Links

    private mutating func addLinkCases() {
        link("link-above-the-root", to: "../../passwd")
        link("link-above-the-root-and-back", to: "../../data/data/a.txt")
        link("link-absolute", to: "/etc/passwd")
        link("link-to-nothing", to: "c.txt")
        link("link-below-a-file", to: "a.txt/c")
        link("link-through-a-file", to: "a.txt/../b.txt")
        link("link-through-nothing", to: "nothing/../a.txt")
        link("link-to-the-root", to: "..")
        link("link-without-target", to: "")
        link("link-with-a-dot", to: "./a.txt")
        link("link-with-a-final-slash", to: "../bin/")
        link("link-into-apphost", to: "../apphost/manifest.json")
        link("link-to-apphost", to: "../apphost")
        link("link-into-apphost-in-capitals", to: "../APPHOST/manifest.json")
        link("link-with-control-character", to: "\u{7F}")
        verify("link-through-a-link", .bundleLinkInvalid) {
            $0.items += [Item.link("lib", to: "data"), Item.link("run", to: "lib/../bin/run")]
        }
        verify("link-below-a-link", .bundleLinkInvalid) {
            $0.items += [Item.link("lib", to: "data"), Item.link("run", to: "lib/a.txt")]
        }
        verify("file-below-a-link", .bundleInventoryInvalid) {
            $0.items += [Item.link("lib", to: "data"), Item.file("lib/c.txt", "c\n")]
        }
    }

    // MARK: The manifest

    private mutating func addManifestCases() {
        verify("manifest-flipped-byte", .bundleDigestMismatch) {
            $0.onEntries = { $0.change(Sidecar.manifest) { $0.content.flip(20) } }
        }
        verify("manifest-longer-than-listed", .bundleEntryMismatch) {
            $0.onEntries = { $0.change(Sidecar.manifest) { $0.content.append(0x0A) } }
        }
        verify("manifest-executable", .bundleEntryMismatch) {
            $0.onEntries = { $0.change(Sidecar.manifest) { $0.mode = 0o755 } }
        }
        verify("manifest-is-a-link", .bundleEntryMismatch) {
            $0.onEntries = { $0[2] = Entry(Sidecar.manifest, kind: .link, mode: 0o777, target: "../data/a.txt") }
        }
        manifest("manifest-of-another-app", .bundleInconsistent, "\"id\":\"sample\"", "\"id\":\"simple\"")
        manifest("manifest-of-another-version", .bundleInconsistent, "1.0.0", "1.0.1")
        manifest("manifest-newer", .needsNewerApphost, "\"schema\":1", "\"schema\":2")
        manifest("manifest-without-schema", .bundleManifestInvalid, "\"schema\":1,", "")
        manifest("manifest-without-name", .bundleManifestInvalid, "\"name\":\"Sample\",", "")
        manifest("manifest-with-unknown-key", .bundleManifestInvalid, "\"name\"", "\"color\":\"red\",\"name\"")
        manifest("manifest-with-a-key-twice", .bundleManifestInvalid, "\"name\"", "\"name\":\"A\",\"name\"")
        manifest(
            "manifest-with-an-escaped-key-twice", .bundleManifestInvalid, "\"name\"", "\"\\u006eame\":\"A\",\"name\"")
        manifest("manifest-with-id-in-capitals", .bundleManifestInvalid, "\"id\":\"sample\"", "\"id\":\"Sample\"")
        manifest("manifest-with-a-trailing-comma", .bundleManifestInvalid, "]}}", "]},}")
        manifest("manifest-with-byte-order-mark", .bundleManifestInvalid, "{\"schema\"", "\u{FEFF}{\"schema\"")
        manifest("manifest-with-a-fraction", .bundleManifestInvalid, "\"schema\":1", "\"schema\":1.0")
        verify("manifest-is-a-list", .bundleManifestInvalid) { $0.manifest = "[]\n" }
        manifest("launch-not-listed", .bundleManifestInvalid, "bin/run", "bin/other")
        manifest("launch-not-executable", .bundleManifestInvalid, "bin/run", "data/a.txt")
        manifest("launch-is-a-directory", .bundleManifestInvalid, "bin/run", "bin")
        manifest("launch-leaves-the-bundle", .bundleManifestInvalid, "bin/run", "../bin/run")
        manifest("launch-absolute", .bundleManifestInvalid, "bin/run", "/bin/sh")
        manifest("launch-without-command", .bundleManifestInvalid, "[\"bin/run\"]", "[]")
        manifest("launch-of-a-sidecar", .bundleManifestInvalid, "bin/run", Sidecar.inventory)
        verify("launch-is-a-link", .bundleManifestInvalid) {
            $0.items.append(Item.link("run", to: "bin/run"))
            $0.manifest = $0.manifest.changing("bin/run", to: "run")
        }
        manifest(
            "variable-with-an-equals-sign", .bundleManifestInvalid, "\"launch\"",
            #""environment":[{"name":"NAME="}],"launch""#)
        addProbeCases()
    }

    private mutating func addProbeCases() {
        probe("probe-of-another-host", #""kind":"http","url":"http://192.0.2.1/""#)
        probe("probe-of-another-host-by-name", #""kind":"tcp","host":"example.org","port":80"#)
        probe("probe-of-port-0", #""kind":"tcp","host":"127.0.0.1","port":0"#)
        probe("probe-of-port-65536", #""kind":"http","url":"http://127.0.0.1:65536/""#)
        probe("probe-over-https", #""kind":"http","url":"https://127.0.0.1/""#)
        probe("probe-not-listed", #""kind":"exec","command":["bin/other"]"#)
        probe("probe-not-executable", #""kind":"exec","command":["data/a.txt"]"#)
        probe("probe-is-a-directory", #""kind":"exec","command":["bin"]"#)
        probe("probe-leaves-the-bundle", #""kind":"exec","command":["../bin/run"]"#)
        probe("probe-absolute", #""kind":"exec","command":["/bin/true"]"#)
        probe("probe-without-command", #""kind":"exec","command":[]"#)
        probe("probe-of-a-sidecar", #""kind":"exec","command":["apphost/inventory.jsonl"]"#)
        probe(
            "probe-not-listed-after-a-sound-one",
            #""kind":"exec","command":["bin/run"]},{"kind":"exec","command":["bin/other"]"#)
        verify("probe-is-a-link", .bundleManifestInvalid) {
            $0.items.append(Item.link("check", to: "bin/run"))
            $0.manifest = $0.manifest.adding(probe: #""kind":"exec","command":["check"]"#)
        }
    }
}

// MARK: One kind of lie each

extension CaseBook {
    private mutating func verify(_ name: String, _ code: FailureCode, _ lie: (inout Forgery) -> Void) {
        forge(.verify, name, code, lie)
    }

    /// A statement that is signed, and says something else.
    private mutating func statement(_ name: String, _ old: String, _ new: String) {
        verify(name, .bundleStatementInvalid) { $0.onStatement = { $0 = $0.changing(old, to: new) } }
    }

    private mutating func claims(_ name: String, _ code: FailureCode, _ lie: @escaping (inout Forgery.Claims) -> Void) {
        verify(name, code) { $0.onClaims = lie }
    }

    /// An inventory that is signed, and has other lines.
    private mutating func lines(
        _ name: String, _ code: FailureCode = .bundleInventoryInvalid, _ lie: @escaping (inout [[UInt8]]) -> Void
    ) {
        verify(name, code) { $0.onLines = lie }
    }

    /// An inventory with one more line, for a file with `path`.
    private mutating func path(_ name: String, _ path: String) {
        lines(name) { $0.append(Self.line(path)) }
    }

    /// A bundle with files that collide with each other, or with those that it has.
    private mutating func collision(_ name: String, _ paths: String...) {
        verify(name, .bundlePathCollision) { $0.items += paths.map { Item.file($0, "x\n") } }
    }

    /// A bundle with one more link, in `data/`.
    private mutating func link(_ name: String, to target: String) {
        verify(name, .bundleLinkInvalid) { $0.items.append(Item.link("data/link", to: target)) }
    }

    private mutating func manifest(_ name: String, _ code: FailureCode, _ old: String, _ new: String) {
        verify(name, code) { $0.manifest = $0.manifest.changing(old, to: new) }
    }

    /// A manifest with a probe of these members.
    private mutating func probe(_ name: String, _ members: String) {
        verify(name, .bundleManifestInvalid) { $0.manifest = $0.manifest.adding(probe: members) }
    }

    /// The line for a file of 2 bytes, with nothing checked.
    private static func line(
        _ path: String, size: String = "2", sha256: String = String(repeating: "0", count: 64)
    ) -> [UInt8] {
        Array(#"{"path":"\#(path)","size":\#(size),"mode":"0644","sha256":"\#(sha256)"}"#.utf8)
    }
}

extension Envelope {
    /// Changes the first signature, and leaves its keyid.
    fileprivate mutating func changeSignature(_ lie: (inout [UInt8]) -> Void) {
        var bytes = signatures[0].signature
        lie(&bytes)
        let changed = EnvelopeSignature(keyid: signatures[0].keyid, signature: bytes)
        self = Envelope(
            payloadType: payloadType, payload: payload, signatures: [changed] + Array(signatures.dropFirst()))
    }
}

extension String {
    /// This manifest with a probe of these members.
    fileprivate func adding(probe members: String) -> String {
        changing(#""launch""#, to: #""health":[{\#(members)}],"launch""#)
    }
}

extension [UInt8] {
    /// Changes a text in which `old` must stand.
    fileprivate mutating func change(_ old: String, to new: String) {
        self = Array(String(decoding: self, as: UTF8.self).changing(old, to: new).utf8)
    }
}
