/// A reader of bytes that strangers write, together with what must hold of whatever it accepts.
///
/// Its raw value is its name on the command line, and that of its folder in `TestBundles/fuzz/`.
package enum FuzzTarget: String, Sendable, CaseIterable {
    case strictJSON = "strict-json"
    /// App ids, versions, paths, times and whatever else is one short text.
    case names
    case manifest
    case inventory
    /// Envelopes, and the statements and review receipts in them.
    case statement
    /// Public keys, our own and those that TUF metadata may list.
    case keys
    case trustStore = "trust-store"
    case journal
    /// What else the engine keeps of an app: its record, receipts, history.
    case records
    /// Root, timestamp, snapshot and targets.
    case tufMetadata = "tuf-metadata"
    case catalogEntry = "catalog-entry"
    case detachedDigest = "detached-digest"
    case zipLayout = "zip-layout"
    case zstdLayout = "zstd-layout"
    case xzLayout = "xz-layout"
    /// Archives of all five formats, to their last byte.
    case archive
    /// What the process that reads an archive says of it.
    case entryWire = "entry-wire"

    /// Reads `input` as AppHost would.
    ///
    /// To refuse is fine. To trap is not, and it does not come back from that.
    ///
    /// - Returns: whether it was accepted.
    /// - Throws: ``BrokenProperty``.
    package func run(_ input: [UInt8]) throws -> Bool {
        switch self {
        case .strictJSON: try TextTargets.strictJSON(input)
        case .names: try NameTarget.run(input)
        case .manifest: try TextTargets.manifest(input)
        case .inventory: try InventoryTarget.run(input)
        case .statement: try TrustTargets.statement(input)
        case .keys: try TrustTargets.keys(input)
        case .trustStore: try TrustTargets.trustStore(input)
        case .journal: try RecordTargets.journal(input)
        case .records: try RecordTargets.records(input)
        case .tufMetadata: try CatalogTargets.metadata(input)
        case .catalogEntry: try CatalogTargets.entry(input)
        case .detachedDigest: try TextTargets.detachedDigest(input)
        case .zipLayout: try ArchiveTargets.zipLayout(input)
        case .zstdLayout: try ArchiveTargets.zstdLayout(input)
        case .xzLayout: try ArchiveTargets.xzLayout(input)
        case .archive: try ArchiveTargets.archive(input)
        case .entryWire: try WireTarget.run(input)
        }
    }

    /// Of inputs that are made, in bytes: longer ones cost time and say little more. What is kept may be longer.
    package var maximumLength: Int {
        switch self {
        case .names, .detachedDigest: 256
        case .zstdLayout, .xzLayout, .entryWire: 1024
        case .keys: 2048
        case .archive: 16_384
        case .inventory, .tufMetadata, .zipLayout: 8192
        case .strictJSON, .manifest, .statement, .trustStore, .journal, .records, .catalogEntry: 4096
        }
    }

    /// The file in `Dictionaries/` with words of its formats; nil where none would help.
    package var dictionary: String? {
        switch self {
        case .strictJSON, .manifest, .inventory, .statement, .keys, .trustStore, .journal, .records, .tufMetadata,
            .catalogEntry:
            "json.dict"
        case .zipLayout, .zstdLayout, .xzLayout, .archive: "archive.dict"
        case .names, .detachedDigest, .entryWire: nil
        }
    }
}
