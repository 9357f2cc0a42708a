import Testing

/// `architecture.md` 2: imports point down only, and each thing outside this program is behind one target.
struct LayeringTests {
    /// Our targets, and which of ours each may import. Those that are not built yet simply are not there.
    static let floors: [String: Set<String>] = [
        "CArchive": [], "CZlib": [], "COpenSSL": [], "CLinux": [],
        "HostModel": [],
        "DiskIO": ["CLinux", "HostModel"],
        "Archives": ["CArchive", "CZlib", "HostModel"],
        "Fetching": ["HostModel"],
        "Signatures": ["COpenSSL", "HostModel"],
        "Storage": ["DiskIO", "HostModel"],
        "Bundles": ["Storage", "DiskIO", "Archives", "Signatures", "HostModel"],
        "Catalogs": ["Signatures", "Fetching", "DiskIO", "HostModel"],
        "Processes": ["CLinux", "Fetching", "DiskIO", "HostModel"],
        "Updates": ["Catalogs", "Bundles", "Storage", "Signatures", "Processes", "DiskIO", "HostModel"],
        "Scheduling": ["Updates", "DiskIO", "HostModel"],
        "Hosting": [
            "Scheduling", "Updates", "Processes", "Catalogs", "Bundles", "Storage", "Signatures", "Fetching",
            "Archives", "DiskIO", "HostModel",
        ],
        "Server": ["Hosting", "HostModel"],
        "apphost": ["Hosting", "Server", "HostModel"],
        "tuf-client": ["Catalogs", "Fetching", "DiskIO", "HostModel"],
    ]

    /// What comes from outside, and the targets that may name it.
    static let outside: [String: Set<String>] = [
        // Packages
        "ArgumentParser": ["apphost"],
        "Logging": ["Hosting", "Server", "apphost"],
        "SystemPackage": ["DiskIO"],
        "AsyncHTTPClient": ["Fetching"],
        "NIOCore": ["Fetching", "Server"],
        "NIOHTTP1": ["Fetching", "Server"],
        "NIOPosix": ["Fetching", "Server"],
        "NIOSSL": ["Fetching"],
        "Subprocess": ["Processes"],
        "HummingbirdCore": ["Server"],
        "Mustache": ["Server"],
        "ServiceLifecycle": ["Server"],
        "UnixSignals": ["Server"],
        // The toolchain's, where they are used today
        "Synchronization": ["HostModel", "DiskIO", "Fetching", "Storage", "Bundles", "Processes", "Server", "apphost"],
        "Dispatch": ["DiskIO", "Bundles", "Processes", "Server", "apphost"],
        "Glibc": ["HostModel", "DiskIO", "Archives", "Fetching", "Processes", "Server", "apphost", "tuf-client"],
        "FoundationEssentials": ["HostModel"],
    ]

    private static let imports: [ImportLine] = SourceTree.swiftFiles.flatMap { file in
        file.lines.compactMap { ImportLine($0, in: file.path) }
    }

    @Test func `the sources are found`() {
        #expect(SourceTree.swiftFiles.count > 50)
        #expect(Self.imports.count > 100)
    }

    @Test func `imports point down only`() {
        let ours = Set(Self.floors.keys)
        let wrong = Self.imports.filter { line in
            ours.contains(line.module) && Self.floors[target(of: line)]?.contains(line.module) != true
        }
        #expect(wrong.map(\.description) == [])
    }

    @Test func `what comes from outside is behind the targets that it is for`() {
        let wrong = Self.imports.filter { line in
            Self.floors[line.module] == nil && Self.outside[line.module]?.contains(target(of: line)) != true
        }
        #expect(wrong.map(\.description) == [])
    }

    @Test func `every target is in the table`() {
        let targets = Set(SourceTree.entries(below: "Sources").directories.map { String($0.prefix { $0 != "/" }) })
        #expect(targets.subtracting(Self.floors.keys) == [])
        let files = SourceTree.entries(below: "Sources").files.filter { !$0.contains("/") }
        #expect(files == [])
    }

    @Test func `only verification imports the seal`() {
        let seals = Self.imports.filter { $0.attributes.contains { $0.hasPrefix("@_spi") } }
        #expect(!seals.isEmpty)
        for seal in seals {
            #expect(seal.module == "Storage" && seal.attributes == ["@_spi(Verified)"], "\(seal)")
            #expect(seal.path.hasPrefix("Bundles/Verify/"), "\(seal)")
        }
    }

    @Test func `no source imports a module for testing, or hands one on`() {
        let refused: Set<String> = ["@testable", "@_exported", "@_implementationOnly", "public"]
        let wrong = Self.imports.filter { !refused.isDisjoint(with: $0.attributes) }
        #expect(wrong.map(\.description) == [])
    }

    @Test func `nothing names Foundation's own disk, or all of Foundation`() {
        let foundation = Self.imports.filter { $0.module == "Foundation" }.map(\.description)
        #expect(foundation == [])
        for word in ["FileManager", "NSString", "NSLock"] {
            let files = SourceTree.swiftFiles.filter { file in file.lines.contains { $0.contains(word) } }
            #expect(files.map(\.path) == [], "\(word)")
        }
    }

    /// The target whose folder a line stands in.
    private func target(of line: ImportLine) -> String { String(line.path.prefix { $0 != "/" }) }
}

struct ImportLineTests {
    @Test(
        arguments: [
            ("import Storage", "Storage", []), ("  import Storage  // why", "Storage", []),
            ("@_spi(Verified) import Storage", "Storage", ["@_spi(Verified)"]),
            ("@_spi(Verified) @testable import Storage", "Storage", ["@_spi(Verified)", "@testable"]),
            ("package import DiskIO", "DiskIO", ["package"]), ("import struct Foundation.Date", "Foundation", []),
            ("@preconcurrency import Glibc", "Glibc", ["@preconcurrency"]),
            ("import Foundation.NSDate", "Foundation", []),
            ("import Storage;", "Storage", []),
        ] as [(String, String, [String])])
    func `an import is recognised however it is written`(text: String, module: String, attributes: [String]) throws {
        let line = try #require(ImportLine(text, in: "Bundles/Some.swift"))
        #expect(line.module == module)
        #expect(line.attributes == attributes)
    }

    @Test(arguments: [
        "", "// import Storage", "let x = 1  // import", "important()", "#if canImport(Glibc)", "/// import it",
    ])
    func `anything else is none`(text: String) {
        let isImport = ImportLine(text, in: "x") != nil
        #expect(!isImport)
    }
}

/// What keeps the sources easy to find one's way in.
struct SourceShapeTests {
    @Test func `no file is longer than 600 lines`() {
        let long = SourceTree.swiftFiles.filter { $0.lines.count > 601 }.map { "\($0.path): \($0.lines.count)" }
        #expect(long == [])
    }

    @Test func `no folder is a drawer for anything`() {
        let drawers: Set<String> = [
            "Utils", "Util", "Utilities", "Common", "Core", "Extras", "Helpers", "Misc", "Shared",
        ]
        let found = SourceTree.entries(below: "Sources").directories.filter { path in
            drawers.contains(String(path.split(separator: "/").last ?? ""))
        }
        #expect(found == [])
    }
}
