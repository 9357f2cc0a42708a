import HostModel
import Hosting
import TestSupport

/// What every trial is made with: three versions of the app `notes`, packed and signed once, and catalogs of them.
///
/// The bundles are small, but have one of everything: a program, a file that all versions share, a file that differs, a
/// link and an empty directory; and no launch where none is asked for, so that what is shared is linked and not copied.
package final class Workshop: Sendable {
    package let place: TemporaryDirectory
    package let bundles: [Version: Bundle]
    package let catalogs: [Edition: Catalog]
    /// The first edition, with a root that nobody should believe.
    let forged: TemporaryDirectory

    package enum Version: String, CaseIterable, Sendable {
        case first = "1.0.0"
        case second = "1.1.0"
        case third = "1.2.0"

        /// Each is read through another reader.
        var suffix: String {
            switch self {
            case .first: "zip"
            case .second: "tar.zst"
            case .third: "tar"
            }
        }
    }

    package struct Bundle: Sendable {
        package let archive: String
        package let digest: String
        /// What the slot that it is installed in holds, but for the receipt.
        package let tree: Tree
    }

    package static let receipt = "apphost/receipt.json"

    /// - Parameter launching: whether the versions can be started. The third one then lives, but fails its health gate.
    package init(launching: Bool = false) throws {
        let place = try TemporaryDirectory()
        self.place = place
        for age in ["old", "new"] { try place.write("the \(age) value\n", to: "\(age).secret", mode: 0o600) }
        for name in ["notes", "spare", "catalogs"] { _ = try Publishing().newKey(at: "\(place.path)/\(name).key") }
        var bundles: [Version: Bundle] = [:]
        for version in Version.allCases { bundles[version] = try Self.make(version, launching, in: place) }
        self.bundles = bundles
        let catalogs = try Self.publishCatalogs(bundles, keyFile: "\(place.path)/catalogs.key")
        guard let first = catalogs[.first] else { throw Unpublished(file: "metadata") }
        self.catalogs = catalogs
        forged = try Self.forge(first.place, keyFile: "\(place.path)/spare.key")
    }

    package func archive(_ version: Version) -> String { bundles[version]?.archive ?? "" }

    /// The public part of a key: `notes` signs every bundle, `spare` none.
    package func publicKey(_ name: String) -> String { "\(place.path)/\(name).key.pub" }

    /// A file with the value of a secret, `old` or `new`.
    package func value(_ age: String) -> String { "\(place.path)/\(age).secret" }

    private static func make(_ version: Version, _ launching: Bool, in place: TemporaryDirectory) throws -> Bundle {
        let source = "source-\(version.rawValue)"
        let manifest = launching ? launchingManifest(version) : plainManifest(version)
        try place.write(manifest.text, to: "\(source)/apphost/manifest.json")
        let program = launching ? launchingProgram : "#!/bin/sh\necho \(version.rawValue)\n"
        try place.write(program, to: "\(source)/bin/notes", mode: 0o755)
        if launching { try place.write("#!/bin/sh\nexit 1\n", to: "\(source)/bin/ill", mode: 0o755) }
        try place.write(String(repeating: "the same in all\n", count: 40), to: "\(source)/share/common.txt")
        try place.write(String(repeating: "only \(version.rawValue)\n", count: 40), to: "\(source)/share/page.html")
        try place.makeDirectory("\(source)/share/empty")
        try place.makeLink("\(source)/share/index.html", to: "page.html")
        let directory = "\(place.path)/\(source)"
        _ = try Publishing().sign(
            directory, keyFile: "\(place.path)/notes.key", caseSensitive: nil, dryRun: false, progress: { _ in })
        let archive = "\(place.path)/notes-\(version.rawValue).\(version.suffix)"
        let outcome = try Publishing().pack(
            directory, output: archive, keyFile: nil, caseSensitive: nil, dryRun: false, progress: { _ in })
        let tree = try TemporaryDirectory.snapshot(of: directory).mapValues(asInSlot)
        return Bundle(archive: archive, digest: outcome.digest.hex, tree: tree)
    }

    private static func plainManifest(_ version: Version) -> JSONValue {
        ["schema": 1, "id": "notes", "name": "Notes", "version": version.rawValue]
    }

    private static func launchingManifest(_ version: Version) -> JSONValue {
        let healthy: JSONValue = ["kind": "process", "settleSeconds": 1]
        let ill: JSONValue = ["kind": "exec", "command": ["bin/ill"].json, "withinSeconds": 1]
        let launch: JSONValue = ["command": ["bin/notes"].json, "stopTimeoutSeconds": 5]
        return [
            "schema": 1, "id": "notes", "name": "Notes", "version": version.rawValue, "launch": launch,
            "health": [version == .third ? ill : healthy].json,
        ]
    }

    /// Knows whether it runs twice: the lock goes with the process. It outlives every trial, and ends by itself where
    /// the trials were ended before they could end it.
    private static let launchingProgram = """
        #!/bin/sh
        exec 9>"$APPHOST_APP_DATA_DIR/alive"
        flock -n 9 || { echo "$APPHOST_APP_VERSION" >>"$APPHOST_APP_DATA_DIR/twice"; exit 1; }
        exec sleep 600

        """

    /// In a slot nothing can be written, and only the execute bit of a mode counts (`formats.md` 4).
    private static func asInSlot(_ described: String) -> String {
        let words = described.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        switch words[0] {
        case "directory": return "directory 555"
        case "file": return "file \(words[1] == "755" ? "555" : "444") \(words[2])"
        default: return described
        }
    }
}
