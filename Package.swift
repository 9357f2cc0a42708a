// swift-tools-version: 6.2

import PackageDescription

/// What `make fuzz` sets, for libFuzzer to see where an input goes. Only here: to look at all of NIO after each input
/// takes longer than most inputs do.
let coverage: [SwiftSetting] =
    Context.environment["APPHOST_FUZZ_COVERAGE"].map { [.unsafeFlags(["-sanitize-coverage=\($0)"])] } ?? []

/// The settings of every Swift target of this package.
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ] + coverage

/// A target of ours: `imports` are our own targets below it, `packages` come from outside.
func floor(_ name: String, imports: [String] = [], packages: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: imports.map { .byName(name: $0) } + packages, swiftSettings: settings)
}

/// The tests of one target, or of the whole program or repository.
func tests(of name: String, imports: [String], packages: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: imports.map { .byName(name: $0) } + packages,
        path: "Tests/\(name)Tests",
        swiftSettings: settings)
}

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "apphost",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "apphost", targets: ["apphost"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.33.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Floor 0: the doors to C.
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CLinux"),

        // Floor 1: words, and one target for each thing outside this program.
        floor("HostModel"),
        floor(
            "DiskIO", imports: ["CLinux", "HostModel"],
            packages: [systemPackage]),
        floor("Archives", imports: ["CArchive", "CZlib", "HostModel"]),
        floor(
            "Fetching", imports: ["HostModel"],
            packages: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        floor("Signatures", imports: ["COpenSSL", "HostModel"]),

        // Floor 2: the engine.
        floor("Storage", imports: ["DiskIO", "HostModel"]),

        // Floor 3: bundles in, staged bundles out.
        floor("Bundles", imports: ["Storage", "DiskIO", "Archives", "Signatures", "HostModel"]),

        // Floor 4: where apps come from.
        floor("Catalogs", imports: ["Signatures", "Fetching", "DiskIO", "HostModel"]),

        // Floor 5: what runs.
        floor("Processes", imports: ["CLinux", "Fetching", "DiskIO", "HostModel"]),

        // Floor 6: what would change, may it, and who decides.
        floor("Updates", imports: ["Catalogs", "Bundles", "Storage", "Signatures", "DiskIO", "HostModel"]),

        // Floor 7: when it is looked for.
        floor("Scheduling", imports: ["Updates", "DiskIO", "HostModel"]),

        // Floor 8: one method for each use case.
        floor(
            "Hosting",
            imports: [
                "Scheduling", "Updates", "Processes", "Catalogs", "Bundles", "Storage", "Archives", "Signatures",
                "Fetching", "DiskIO", "HostModel",
            ]),

        // Floor 9: the use cases over HTTP.
        floor(
            "Server", imports: ["Hosting", "HostModel"],
            packages: [
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        // Floor 10: the command line, one file for each verb.
        .executableTarget(
            name: "apphost",
            dependencies: [
                "Server", "Hosting", "HostModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),

        // Floor 10: the client that the TUF conformance suite drives; not installed.
        .executableTarget(
            name: "tuf-client", dependencies: ["Catalogs", "Fetching", "DiskIO", "HostModel"], swiftSettings: settings),

        // Tests, and the programs that they need.
        .target(
            name: "TestSupport", dependencies: ["Archives", "DiskIO", "HostModel", systemPackage],
            path: "Tests/TestSupport", swiftSettings: settings),
        .executableTarget(
            name: "BundleForge", dependencies: ["Archives", "Bundles", "DiskIO", "Signatures", "HostModel"],
            path: "Tests/Harness/BundleForge", swiftSettings: settings),
        .target(
            name: "Reliability",
            dependencies: ["Hosting", "Storage", "DiskIO", "HostModel", "TestSupport", systemPackage],
            path: "Tests/Harness/Reliability", swiftSettings: settings),
        .executableTarget(
            name: "ReliabilityTrials",
            dependencies: ["Reliability", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tests/Harness/ReliabilityTrials", swiftSettings: settings),
        .target(
            name: "Fuzzing",
            dependencies: [
                "Updates", "Catalogs", "Bundles", "Storage", "Archives", "Signatures", "DiskIO", "HostModel",
                "TestSupport",
            ],
            path: "Tests/Harness/Fuzzing", exclude: ["Dictionaries"], swiftSettings: settings),
        .executableTarget(
            name: "Fuzz", dependencies: ["Fuzzing"], path: "Tests/Harness/Fuzz", swiftSettings: settings),
        .executableTarget(name: "SyscallInjector", path: "Tests/Harness/SyscallInjector"),
        .executableTarget(
            name: "HelloServer",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Harness/HelloServer", swiftSettings: settings),
        tests(of: "HostModel", imports: ["HostModel"]),
        tests(of: "DiskIO", imports: ["DiskIO", "HostModel", "TestSupport"], packages: [systemPackage]),
        tests(of: "Archives", imports: ["Archives", "HostModel", "TestSupport"]),
        tests(of: "Signatures", imports: ["Signatures", "HostModel"]),
        tests(
            of: "Fetching", imports: ["Fetching", "HostModel", "TestSupport"],
            packages: [.product(name: "NIOHTTP1", package: "swift-nio")]),
        tests(of: "Catalogs", imports: ["Catalogs", "Signatures", "DiskIO", "HostModel", "TestSupport"]),
        tests(of: "Storage", imports: ["Storage", "DiskIO", "HostModel", "TestSupport"], packages: [systemPackage]),
        tests(
            of: "Bundles",
            imports: ["Bundles", "Archives", "Signatures", "Storage", "DiskIO", "HostModel", "TestSupport"]),
        tests(
            of: "Processes", imports: ["Processes", "DiskIO", "HostModel", "TestSupport"],
            packages: [.product(name: "NIOHTTP1", package: "swift-nio"), systemPackage]),
        tests(
            of: "Updates",
            imports: [
                "Updates", "Catalogs", "Bundles", "Storage", "Signatures", "DiskIO", "HostModel", "TestSupport",
            ]),
        tests(
            of: "Scheduling", imports: ["Scheduling", "DiskIO", "HostModel", "TestSupport"], packages: [systemPackage]),
        tests(
            of: "Hosting",
            imports: [
                "Hosting", "Scheduling", "Updates", "Processes", "Catalogs", "Bundles", "Storage", "Signatures",
                "Fetching", "DiskIO", "HostModel", "TestSupport",
            ], packages: [systemPackage]),
        tests(
            of: "Server", imports: ["Server", "Hosting", "DiskIO", "HostModel", "TestSupport"],
            packages: [.product(name: "Logging", package: "swift-log")]),
        tests(of: "Fuzzing", imports: ["Fuzzing", "HostModel"]),
        tests(
            of: "Program",
            imports: ["apphost", "Hosting", "Bundles", "Archives", "DiskIO", "HostModel", "TestSupport"]),
        tests(of: "Repository", imports: ["HostModel"]),
    ]
)
