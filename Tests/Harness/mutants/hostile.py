"""Mutants of what stands between a hostile bundle and a host: names, layouts of archives, the confined process, trust,
verification, gates.

In each one check is removed. Each is like those of `mutants.py`, and is tried by tests of one target, in a package that
ends with that target.
"""


def tests(target, suites):
    """Tests of `target` whose suites fit an expression."""
    return ("hostile", target + "Tests", suites)


PATH = "Sources/HostModel/RelativePath.swift"
JSON = "Sources/HostModel/JSON/StrictJSON.swift"
PATHS = tests("HostModel", "RelativePathTests")
TEXTS = tests("HostModel", "StrictJSONTests")

NAMES = [
    ("'..' is a name", PATH,
     "        (1...255).contains(length) && !(onlyDots && length <= 2)\n",
     "        (1...255).contains(length)\n",
     PATHS),
    ("a name need not be UTF-8, and may turn the direction of text", PATH,
     "        return isASCII || hasOnlyPlainCharacters(bytes)\n",
     "        return isASCII || !bytes.isEmpty\n",
     PATHS),
    ("what is reserved is not in capitals", PATH,
     "String(decoding: first, as: UTF8.self).uppercased().lowercased() == \"apphost\"\n",
     "String(decoding: first, as: UTF8.self) == \"apphost\"\n",
     PATHS),
    ("a key may come twice", JSON,
     "            guard isNew else {\n",
     "            guard isNew || depth > 0 else {\n",
     TEXTS),
]

ZIP_LAYOUT = "Sources/Archives/Layout/ZipLayout.swift"
ZSTD_LAYOUT = "Sources/Archives/Layout/ZstdLayout.swift"
XZ_LAYOUT = "Sources/Archives/Layout/XzLayout.swift"
ZIPS = tests("Archives", "ZipLayoutTests")
ZSTDS = tests("Archives", "ZstdLayoutTests")
XZS = tests("Archives", "XzLayoutTests")

LAYOUTS = [
    ("an archive may announce a comment", ZIP_LAYOUT,
     "            record.u16(at: 20) == 0\n",
     "            record.count == 22\n",
     ZIPS),
    ("an archive may have entries on other disks", ZIP_LAYOUT,
     "        guard countHere == count else { throw Self.severalDisks }\n",
     "",
     ZIPS),
    ("the end record and the ZIP64 end record may disagree", ZIP_LAYOUT,
     "        short == Short.max || UInt64(short) == long\n",
     "        short <= Short.max || UInt64(short) == long\n",
     ZIPS),
    ("bytes may follow the entries of a central directory", ZIP_LAYOUT,
     "        guard position == directory.end else {\n",
     "        guard position <= directory.end else {\n",
     ZIPS),
    ("bytes may lie before a central directory", ZIP_LAYOUT,
     "        guard next == directory.offset else {\n",
     "        guard next <= directory.offset else {\n",
     ZIPS),
    ("an entry may have two names", ZIP_LAYOUT,
     "        guard local.part(at: 30, count: nameLength).elementsEqual(name.bytes) else {",
     "        guard local.count == length else {",
     ZIPS),
    ("an entry may have two methods", ZIP_LAYOUT,
     "        guard local.u16(at: 8) == method else { throw disagreement(about: \"method\") }\n",
     "",
     ZIPS),
    ("an entry may have two checksums", ZIP_LAYOUT,
     "        guard agrees(local.u32(at: 14), with: crc) else { throw disagreement(about: \"CRC\") }\n",
     "",
     ZIPS),
    ("an entry may have two sizes in its headers", ZIP_LAYOUT,
     "        guard agrees(wide[0], with: size), agrees(wide[1], with: compressedSize) else {\n",
     "        guard wide.count == 2 else {\n",
     ZIPS),
    ("a stored entry may grow", ZIP_LAYOUT,
     "        guard method == 8 || wide[0] == wide[1] else {\n",
     "        guard method == 8 || wide[0] >= 0 else {\n",
     ZIPS),
    ("a data descriptor may lie about sizes", ZIP_LAYOUT,
     "        guard descriptor.u32(at: 4) == crc, sizes == [UInt64(compressedSize), UInt64(size)] else {\n",
     "        guard descriptor.u32(at: 4) == crc, sizes.count == 2 else {\n",
     ZIPS),
    ("an entry may be compressed in any way", ZIP_LAYOUT,
     "        guard method == 0 || method == 8 else {\n",
     "        guard method < UInt16.max else {\n",
     ZIPS),
    ("an entry may have flags that are not known", ZIP_LAYOUT,
     "        guard flags & ~(0x0006 | descriptorFlag | 0x0800) == 0 else {\n",
     "        guard flags & ~(0xFFF6 | descriptorFlag) == 0 else {\n",
     ZIPS),
    ("an extra field may rename an entry", ZIP_LAYOUT,
     "            guard !Self.overriding.contains(id) else {\n",
     "            guard !Self.overriding.isEmpty else {\n",
     ZIPS),
    ("a ZIP64 field may hold more than is asked for", ZIP_LAYOUT,
     "        guard rest.isEmpty else { throw wrongZip64 }\n",
     "",
     ZIPS),
    ("a zstd frame may have any window", ZSTD_LAYOUT,
     "        guard header.window <= maximumWindow else { throw ArchiveError.windowTooLarge(header.window) }\n",
     "",
     ZSTDS),
    ("bytes may follow a zstd frame", ZSTD_LAYOUT,
     "        guard rest == header.checksumLength else {\n",
     "        guard rest >= header.checksumLength else {\n",
     ZSTDS),
    ("an xz block may have any dictionary", XZ_LAYOUT,
     "            guard dictionary <= maximumWindow else {",
     "            guard dictionary <= UInt64(UInt32.max) else {",
     XZS),
    ("bytes may lie between the blocks and the index of an xz stream", XZ_LAYOUT,
     "        guard position == index.offset else { throw Index.misfit }\n",
     "        guard position <= index.offset else { throw Index.misfit }\n",
     XZS),
]

KEY = "Sources/Signatures/PublicKey.swift"
BASE64 = "Sources/Signatures/Base64.swift"
ENVELOPE = "Sources/Signatures/Envelope.swift"
STORE = "Sources/Signatures/TrustedKeys.swift"
VOUCHING = "Sources/Signatures/Vouching.swift"
PUBLISHER = "Sources/Signatures/Publisher.swift"
KEYS = tests("Signatures", "Ed25519Tests")
ENVELOPES = tests("Signatures", "Base64Tests|EnvelopeTests")
STORES = tests("Signatures", "TrustedKeysTests")
VOUCHINGS = tests("Signatures", "VouchingTests")
PUBLISHERS = tests("Signatures", "PublisherTests")

TRUST = [
    ("a key may be of small order", KEY,
     "        guard !smallOrder.contains(y) else { return \"it is a point of small order\" }\n",
     "",
     KEYS),
    ("a key may have two encodings", KEY,
     "        guard isLess(y, prime), !(isNegative && (y == one || y == minusOne)) else {\n",
     "        guard !(isNegative && (y == one || y == minusOne)) else {\n",
     KEYS),
    ("the R of a signature may be of small order", KEY,
     "        guard signature.count == 64, Edwards25519.problem(point: Array(signature[..<32])) == nil,\n",
     "        guard signature.count == 64,\n",
     KEYS),
    ("base64 may have stray bits", BASE64,
     "        return bits == 0 ? bytes : nil\n",
     "        return bits < 64 ? bytes : nil\n",
     ENVELOPES),
    ("the type of a payload is not signed", ENVELOPE,
     "Array(\"DSSEv1 \\(payloadType.utf8.count) \\(payloadType) \\(payload.count) \".utf8)\n",
     "Array(\"DSSEv1 \\(payload.count) \".utf8)\n",
     ENVELOPES),
    ("a keyid may stand twice in an envelope", ENVELOPE,
     "            guard keyids.insert(Array(signature.keyid.utf8)).inserted else {\n",
     "            guard keyids.insert(Array(signature.keyid.utf8)).memberAfterInsert.count >= 0 else {\n",
     ENVELOPES),
    ("a revoked key comes back", STORE,
     "        guard keys[index].status != .revoked || status == .revoked else {\n",
     "        guard keys[index].status != .revoked || keys.count > 0 else {\n",
     STORES),
    ("any signature is good", VOUCHING,
     "            guard trustedKey.key.verifies(signature.signature, over: message) else {\n",
     "            guard trustedKey.key.verifies(signature.signature, over: message) || message.count > 0 else {\n",
     VOUCHINGS),
    ("a bad signature is passed over", VOUCHING,
     "                throw SignatureError.signatureInvalid(keyid: keyid, name: trustedKey.name)\n",
     "                continue\n",
     VOUCHINGS),
    ("a revoked key vouches", VOUCHING,
     "            key.status != .revoked && key.maySign(for: app) && key.purposes.contains(.bundle)\n",
     "            key.maySign(for: app) && key.purposes.contains(.bundle)\n",
     VOUCHINGS),
    ("a key of another app vouches", VOUCHING,
     "            key.status != .revoked && key.maySign(for: app) && key.purposes.contains(.bundle)\n",
     "            key.status != .revoked && key.purposes.contains(.bundle)\n",
     VOUCHINGS),
    ("a key for reviews vouches", VOUCHING,
     "            key.status != .revoked && key.maySign(for: app) && key.purposes.contains(.bundle)\n",
     "            key.status != .revoked && key.maySign(for: app)\n",
     VOUCHINGS),
    ("a key out of its validity admits", VOUCHING,
     "            case .new: good.filter { $0.status == .active && $0.isValid(at: now) }\n",
     "            case .new: good.filter { $0.status == .active }\n",
     VOUCHINGS),
    ("a retired key admits", VOUCHING,
     "            case .new: good.filter { $0.status == .active && $0.isValid(at: now) }\n",
     "            case .new: good.filter { $0.isValid(at: now) }\n",
     VOUCHINGS),
    ("any trusted key is the publisher's", PUBLISHER,
     "            guard keyids.contains(keyid), let key = trusted.key(keyid) else { return false }\n",
     "            guard let key = trusted.key(keyid) else { return false }\n",
     PUBLISHERS),
    ("a retired key of the publisher's carries over", PUBLISHER,
     "            return key.status == .active || key.status == .retiring\n",
     "            return key.status != .revoked\n",
     PUBLISHERS),
]

GZIP_LAYOUT = "Sources/Archives/Layout/GzipLayout.swift"
STREAM = "Sources/Archives/Read/ArchiveEntryStream.swift"
TAR = "Sources/Archives/Layout/TarLayout.swift"
SOURCE = "Sources/Bundles/Read/BundleSource.swift"
POLICY = "Sources/Bundles/Unpack/EntryPolicy.swift"
UNPACKER = "Sources/Bundles/Unpack/BundleUnpacker.swift"
LINE = "Sources/Bundles/Inventory/InventoryEntry.swift"
LINES = "Sources/Bundles/Inventory/InventoryReader.swift"
INVENTORY = "Sources/Bundles/Inventory/InventoryCheck.swift"
STATEMENT = "Sources/Bundles/Statement.swift"
VERIFIER = "Sources/Bundles/Verify/BundleVerifier.swift"
POLICIES = tests("Bundles", "EntryPolicyTests")
INVENTORIES = tests("Bundles", "InventoryEntryTests|InventoryReaderTests|InventoryCheckTests")
STATEMENTS = tests("Bundles", "StatementTests")
REFUSED = tests("Bundles", "RefusedBundlesTests")
ACCEPTED = tests("Bundles", "AcceptedBundlesTests")
GZIPS = tests("Archives", "GzipLayoutTests")

VERIFICATION = [
    ("a tar needs no end marker", TAR,
     "        guard let zeros, zeros >= Int64(2 * Self.block) else {\n",
     "        guard (zeros ?? 0) >= 0 else {\n",
     REFUSED),
    ("a second archive may follow a tar", TAR,
     "        guard total <= Self.longestTail, bytes.allSatisfy({ $0 == 0 }) else {\n",
     "        guard total <= Self.longestTail else {\n",
     REFUSED),
    ("a digest may be that of another file", SOURCE,
     ".elementsEqual(lastComponent(of: path.utf8))\n",
     ".elementsEqual(lastComponent(of: path.utf8)) || !path.isEmpty\n",
     tests("Bundles", "DetachedDigestTests")),
    ("a file may carry setuid", POLICY,
     "        if mode & specialBits != 0 { return \"it carries setuid, setgid or sticky\" }\n",
     "",
     POLICIES),
    ("a file may be shorter than listed", POLICY,
     "            if size != found { ",
     "            if size < found { ",
     POLICIES),
    ("the execute bits of others count", POLICY,
     "        if (mode & 0o100 != 0) != isExecutable {\n",
     "        if (mode & 0o111 != 0) != isExecutable {\n",
     POLICIES),
    ("a link may lead elsewhere", POLICY,
     "            return target == found ? nil : ",
     "            return target.count == found.count ? nil : ",
     POLICIES),
    ("the content of a file is not compared", UNPACKER,
     "        guard total == size, try bundle.payload.contentDigest() == sha256 else {\n",
     "        guard total == size, try bundle.payload.contentDigest() == sha256 || size >= 0 else {\n",
     REFUSED),
    ("what is listed may be missing", UNPACKER,
     "                throw BundleError.entryMissing(listed.path.description)\n",
     "                continue\n",
     REFUSED),
    ("what is not listed may be there", UNPACKER,
     "            case .unexpected(let entry): throw try refusal(of: entry)\n",
     "            case .unexpected(let entry): _ = try refusal(of: entry)\n",
     REFUSED),
    ("anything may follow an entry in its line", LINE,
     "        return cursor.isAtEnd ? InventoryEntry(path: path, kind: kind) : nil\n",
     "        return InventoryEntry(path: path, kind: kind)\n",
     INVENTORIES),
    ("a path may be listed twice", LINES,
     "            guard previous.path < entry.path else {",
     "            guard previous.path <= entry.path else {",
     INVENTORIES),
    ("a sidecar may be listed", INVENTORY,
     "            try checkReserved(entry, reader)\n",
     "",
     INVENTORIES),
    ("paths may collide", INVENTORY,
     "            if collisions.meets(entry.path) {\n",
     "            if collisions.meets(entry.path) && sums.entries < 0 {\n",
     INVENTORIES),
    ("a link may leave the bundle and come back", INVENTORY,
     "                guard place.popLast() != nil else { throw refusal }\n",
     "                _ = place.popLast()\n",
     INVENTORIES),
    ("a link may lead into the sidecars", INVENTORY,
     "Array(place.joined(separator: [UInt8(ascii: \"/\")]))), !last.isReserved else {\n",
     "Array(place.joined(separator: [UInt8(ascii: \"/\")]))) else {\n",
     INVENTORIES),
    ("a link may lead through a link", INVENTORY,
     "            missing.contains($0.target) || $0.passes.contains(where: directories.contains)\n",
     "            missing.contains($0.target)\n",
     INVENTORIES),
    ("a statement may be of any payload type", STATEMENT,
     "        guard envelope.payloadType == Self.payloadType else {\n",
     "        guard !envelope.payloadType.isEmpty else {\n",
     REFUSED),
    ("a statement may be about anything", STATEMENT,
     "        guard kind == Self.predicateType else {",
     "        guard kind.hasPrefix(\"urn:\") else {",
     STATEMENTS),
    ("nobody need have signed", VERIFIER,
     "        guard policy.acceptsUnsigned else { throw BundleError.unsigned }\n",
     "",
     REFUSED),
    ("the inventory need not be the one that was signed", VERIFIER,
     "        guard inventory.digest == statement.digest else { throw BundleError.inventoryDigestDiffers }\n",
     "",
     REFUSED),
    ("the inventory may be of another app than was signed", VERIFIER,
     "            summary.header.app == statement.app, summary.header.version == statement.version,\n",
     "            summary.header.version == statement.version,\n",
     REFUSED),
    ("the inventory may add up to more than was signed", VERIFIER,
     "        guard summary.files == statement.files, summary.bytes == statement.bytes,\n",
     "        guard summary.files >= statement.files, summary.bytes >= statement.bytes,\n",
     REFUSED),
    ("the manifest need not be the one that is listed", VERIFIER,
     "        guard DigestStream.digest(of: bytes) == sha256 else {",
     "        guard DigestStream.digest(of: bytes) == sha256 || bytes.count >= 0 else {",
     REFUSED),
    ("a bundle may have any number of bytes", VERIFIER,
     "        guard bytes <= limits.expandedBytes else {\n",
     "        guard bytes <= limits.expandedBytes || bytes > 0 else {\n",
     REFUSED),
    ("a bundle may be for another app", VERIFIER,
     "        if let expected = policy.app, expected != found {\n",
     "        if let expected = policy.app, expected.text.isEmpty {\n",
     ACCEPTED),
]

# Their bundles are the cases; the tests of a layout alone know what is sound.
TARS = [
    ("a link may have content", TAR,
     "            guard size == 0 else { throw ArchiveError.invalid(\"an entry that is no file has content\") }\n",
     "            guard size >= 0 else { throw ArchiveError.invalid(\"an entry that is no file has content\") }\n",
     REFUSED),
    ("a pax header may say anything", TAR,
     "            guard Self.harmless.contains(key) || Self.harmlessPrefixes.contains(where: key.hasPrefix) else {\n",
     "            guard !key.isEmpty else {\n",
     REFUSED),
    ("a pax header may say a thing twice", TAR,
     "            guard keys.insert(key).inserted else {",
     "            guard keys.insert(key).memberAfterInsert == key else {",
     REFUSED),
    ("a pax header may give another size", TAR,
     "        guard size ?? header.size == header.size else {\n",
     "        guard (size ?? header.size) >= 0 else {\n",
     REFUSED),
    ("an entry may have two long names", TAR,
     "            guard !hasPax, path == nil else { throw Self.several }\n",
     "            guard !hasPax else { throw Self.several }\n",
     REFUSED),
    ("bytes may stand behind the end of a name", TAR,
     "        return field[text.endIndex...].allSatisfy { $0 == 0 } ? Array(text) : nil\n",
     "        return Array(text)\n",
     REFUSED),
    ("a GNU header may have holes", TAR,
     "            guard block[345..<500].allSatisfy({ $0 == 0 }) else {\n",
     "            guard block.count == 512 else {\n",
     REFUSED),
    ("a gzip member may be of another length", GZIP_LAYOUT,
     "        guard content == crc, UInt32(truncatingIfNeeded: total) == size else {\n",
     "        guard content == crc else {\n",
     GZIPS),
    ("a gzip member of nothing may come first", GZIP_LAYOUT,
     "        guard let block = try source.bytes(at: start, count: 5), !isEmpty(block) else {\n",
     "        guard try source.bytes(at: start, count: 5) != nil else {\n",
     REFUSED),
    ("a gzip header may have fields that not all know", GZIP_LAYOUT,
     "        guard header[3] & ~(0x08 | 0x01) == 0 else {\n",
     "        guard header[3] & 0xE0 == 0 else {\n",
     REFUSED),
]

WIRE = "Sources/Archives/Confined/EntryWire.swift"
CONFINED = "Sources/Archives/Confined/ConfinedEntryStream.swift"
WIRES = tests("Archives", "EntryWireTests")

CONFINEMENT = [
    ("a confined process may send any mode", WIRE,
     "        guard mode <= 0o7777, nameEnd <= payload.count else { return nil }\n",
     "        guard nameEnd <= payload.count else { return nil }\n",
     WIRES),
    ("a confined process may give a file a target", WIRE,
     "        guard payload[0] == 0 || size == 0, payload[0] == 2 || target.isEmpty else { return nil }\n",
     "        guard payload[0] == 0 || size == 0 else { return nil }\n",
     WIRES),
    ("a confined process may go on behind the end", CONFINED,
     "            guard try window.isAtEnd() else { throw Self.broken }\n",
     "",
     WIRES),
    ("a confined process may send content without end", CONFINED,
     "        guard contentRest >= 0 else {",
     "        guard contentRest >= Int64.min else {",
     WIRES),
    ("a confined process may send a frame of any length", CONFINED,
     "length <= kind.limit else { throw Self.broken }\n",
     "length >= 0 else { throw Self.broken }\n",
     WIRES),
]

SEARCH = "Sources/Updates/Check/CandidateSearch.swift"
CHECK = "Sources/Updates/Check/UpdateCheck.swift"
FIT = "Sources/Updates/Check/Compatibility.swift"
PERMISSIONS = "Sources/Updates/Check/PermissionDelta.swift"
TAIL = "Sources/Updates/Check/TailGates.swift"
CONSENT = "Sources/Updates/Consent/ConsentCheck.swift"
ENTRY_CONSENT = "Sources/Updates/Consent/EntryConsent.swift"
QUESTIONS = "Sources/Updates/Consent/Questions.swift"
GATE = "Sources/Updates/Policy/Gate.swift"
UPDATE_POLICY = "Sources/Updates/Policy/UpdatePolicy.swift"
EVALUATION = "Sources/Updates/Review/ReviewEvaluation.swift"
REVIEW_GATE = "Sources/Updates/Review/ReviewGate.swift"
CHECKS = tests("Updates", "UpdateCheckTests")
FITS = tests("Updates", "CompatibilityTests")
DRIFTS = tests("Updates", "DriftTests")
GATED = tests("Updates", "GateTests")
CONSENTS = tests("Updates", "ConsentCheckTests")
POLICED = tests("Updates", "PolicyTests")
REVIEWS = tests("Updates", "ReviewEvaluationTests")
REVIEW_GATES = tests("Updates", "ReviewGateTests")

GATES = [
    ("a catalog that is refused counts", SEARCH,
     "        if let refusal = catalog.refusal {\n",
     "        if let refusal = catalog.refusal, refusal.message.isEmpty {\n",
     CHECKS),
    ("an older version is an upgrade", SEARCH,
     "        case .older: return found(.upToDate, \"what is installed (\\(installed)) is newer\")\n",
     "        case .older:\n"
     "            return Finding(\n"
     "                status: .upgradeAvailable, end: nil, catalogName: catalog.name, catalog: catalog,\n"
     "                candidate: candidate)\n",
     CHECKS),
    ("any staged bundle speaks for the candidate", CHECK,
     "        let staged = input.staged.flatMap { $0.digest == entry.digest ? $0.manifest : nil }\n",
     "        let staged = input.staged.map { $0.manifest }\n",
     GATED),
    ("every sandbox is enforced", FIT,
     "{ mode == \"none\" }\n",
     "{ !mode.isEmpty }\n",
     FITS),
    ("a permission more is none", PERMISSIONS,
     "        added = candidate.permissions.filter { !before.contains($0) }",
     "        added = candidate.permissions.filter { !before.contains($0) && !after.contains($0) }",
     DRIFTS),
    ("a policy takes the default of what is newly required", TAIL,
     "(environment.missing + environment.newlyRequired).joined(",
     "environment.missing.joined(",
     GATED),
    ("consent does not keep a policy from applying", GATE,
     "        case .consent, .environment, .policyReview: .apply\n        case .policy, .running: .policy\n",
     "        case .environment, .policyReview: .apply\n        case .consent, .policy, .running: .policy\n",
     GATED),
    ("what may not be staged may be applied", UPDATE_POLICY,
     "        self.apply = stage && apply\n",
     "        self.apply = apply\n",
     POLICED),
    ("nobody is asked about what was bad", QUESTIONS,
     "        guard let bad = bad.first(where: { $0.digest == digest }) else { return nil }\n",
     "        guard let bad = bad.first(where: { $0.digest == digest && $0.reason.isEmpty }) else { return nil }\n",
     CONSENTS),
    ("nobody is asked about an older version", QUESTIONS,
     "        case .older: text = \"it is older (\\(candidate)) than what is installed (\\(installed))\"\n",
     "        case .older: return nil\n",
     CONSENTS),
    ("nobody is asked about another publisher", CONSENT,
     "        if carries || (publisher.keyids.isEmpty && vouching != nil) { return nil }\n",
     "        if carries || vouching != nil { return nil }\n",
     CONSENTS),
    ("nobody is asked about a bundle that nobody signed", CONSENT,
     "        vouching == nil ? ConsentQuestion(",
     "        vouching == nil && publisher == nil && installed != nil ? ConsentQuestion(",
     CONSENTS),
    ("what was agreed is forgotten where a manifest is damaged", CONSENT,
     "        guard let agreed = installed?.permissions ?? remembered?.permissions else { return nil }\n",
     "        guard let agreed = installed?.permissions else { return nil }\n",
     CONSENTS),
    ("nobody is asked about another catalog", ENTRY_CONSENT,
     "        newCatalog.map { ConsentQuestion.publisher(movingTo: $0) }\n",
     "        newCatalog.flatMap { $0.text.isEmpty ? ConsentQuestion.publisher(movingTo: $0) : nil }\n",
     CHECKS),
    ("nobody has to acknowledge a missing review", REVIEW_GATE,
     "            return .needsAcknowledgement(code)\n",
     "            return .open\n",
     REVIEW_GATES),
    ("a publisher's word counts against a reviewer's", REVIEW_GATE,
     "            let isClaimed = review.status == .publisherClaimOnly && review.claim?.status == .reviewed\n",
     "            let isClaimed = review.claim?.status == .reviewed\n",
     REVIEW_GATES),
    ("a review may be of another file", EVALUATION,
     "        if review.sha256 != subject.sha256 || review.size != subject.size {\n",
     "        if review.size != subject.size {\n",
     REVIEWS),
    ("a review counts for ever", EVALUATION,
     "        if let end = review.expiresAt, end <= now {",
     "        if let end = review.expiresAt, end <= review.reviewedAt {",
     REVIEWS),
    ("a key for bundles reviews", EVALUATION,
     "                key.purposes.contains(.review), key.maySign(for: subject.app)\n",
     "                key.maySign(for: subject.app)\n",
     REVIEWS),
    ("a review may be dated back", EVALUATION,
     "        if let end = key.validUntil, max(review.reviewedAt, now) > end {",
     "        if let end = key.validUntil, review.reviewedAt > end {",
     REVIEWS),
    ("a review need not be signed", EVALUATION,
     "        guard signer.isGenuine else { return (.invalidSignature, 8) }\n",
     "",
     REVIEWS),
    ("praise outvotes a rejection", EVALUATION,
     "        for verdict: ReviewStatus in [.trustedRejected, .trustedCaution, .trustedReviewed] {\n",
     "        for verdict: ReviewStatus in [.trustedReviewed, .trustedCaution, .trustedRejected] {\n",
     REVIEWS),
]

HOSTILE = NAMES + LAYOUTS + TRUST + VERIFICATION + TARS + CONFINEMENT + GATES
