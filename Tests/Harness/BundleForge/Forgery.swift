import Bundles
import HostModel
import Signatures

/// The paths of a bundle's sidecars.
enum Sidecar {
    static let signatures = Statement.path
    static let inventory = InventoryReader.path
    static let manifest = Manifest.path
}

/// A sound bundle, and what a case changes about it. Every step is made from the one before it, lies and all.
struct Forgery {
    /// Who signs.
    var signers: [PrivateKey]
    var manifest = Forgery.soundManifest
    /// In any order.
    var items = [
        Item.file("bin/run", "#!/bin/sh\necho run\n", isExecutable: true),
        Item.file("data/a.txt", "a\n"),
        Item.file("data/b.txt", "b\n"),
    ]
    var payloadType = Statement.payloadType

    // Each of these changes what was made; all that follows is made from the changed.

    /// The lines of the inventory without their line feeds: the header, the manifest, `items` in order.
    var onLines: (inout [[UInt8]]) -> Void = { _ in }
    var onInventory: (inout [UInt8]) -> Void = { _ in }
    var onClaims: (inout Claims) -> Void = { _ in }
    /// The text of the statement, before it is signed.
    var onStatement: (inout String) -> Void = { _ in }
    /// After it was signed.
    var onEnvelope: (inout Envelope) -> Void = { _ in }
    /// `apphost/signatures.json`.
    var onSignatures: (inout [UInt8]) -> Void = { _ in }
    /// The three sidecars, then `items` in order.
    var onEntries: (inout [Entry]) -> Void = { _ in }

    /// What the signed predicate says.
    struct Claims {
        var app = "sample"
        var version = "1.0.0"
        var inventoryBytes: Int64
        var files: Int64
        var bytes: Int64
        var caseSensitive = false
    }

    static let soundManifest =
        #"{"schema":1,"id":"sample","name":"Sample","version":"1.0.0","launch":{"command":["bin/run"]}}"# + "\n"

    init(signedBy key: PrivateKey) { signers = [key] }

    /// The entries of the archive.
    func entries() -> [Entry] {
        let inventory = makeInventory()
        var signatures = makeEnvelope(over: inventory).bytes
        onSignatures(&signatures)
        var entries = [
            Entry(Sidecar.signatures, content: signatures),
            Entry(Sidecar.inventory, content: inventory),
            manifestItem.entry,
        ]
        entries += Self.sorted(items).map(\.entry)
        onEntries(&entries)
        return entries
    }

    private var manifestItem: Item { Item.file(Sidecar.manifest, manifest) }

    private func makeInventory() -> [UInt8] {
        var lines = [Array(#"{"schema":1,"app":"sample","version":"1.0.0"}"#.utf8)]
        lines += Self.sorted(items + [manifestItem]).map(\.line)
        onLines(&lines)
        var inventory: [UInt8] = []
        for line in lines { inventory += line + [UInt8(ascii: "\n")] }
        onInventory(&inventory)
        return inventory
    }

    private func makeEnvelope(over inventory: [UInt8]) -> Envelope {
        let sizes = (items + [manifestItem]).compactMap(\.size)
        var claims = Claims(
            inventoryBytes: Int64(inventory.count), files: Int64(sizes.count), bytes: Int64(sizes.reduce(0, +)))
        onClaims(&claims)
        guard let app = AppID(claims.app), let version = BundleVersion(claims.version) else {
            preconditionFailure("no statement can name such an app or version")
        }
        let statement = Statement(
            digest: DigestStream.digest(of: inventory), app: app, version: version,
            inventoryBytes: claims.inventoryBytes, files: claims.files, bytes: claims.bytes,
            caseSensitive: claims.caseSensitive)
        var text = String(decoding: statement.envelope.payload, as: UTF8.self)
        onStatement(&text)
        var envelope = Envelope(payloadType: payloadType, payload: Array(text.utf8))
        for signer in signers { envelope = envelope.signed(with: signer) }
        onEnvelope(&envelope)
        return envelope
    }

    private static func sorted(_ items: [Item]) -> [Item] { items.sorted { $0.relativePath < $1.relativePath } }
}

extension String {
    /// This text with `new` in the place of `old`, which must be there.
    func changing(_ old: String, to new: String) -> String {
        let changed = replacing(old, with: new)
        precondition(!changed.utf8.elementsEqual(utf8), "there is no \(old) to change")
        return changed
    }
}
