// swift-tools-version: 6.2

import PackageDescription

/// The settings of every Swift target of this package.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

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
        .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
    ],
    targets: [
        // Floor 0: the doors to C.
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CLinux"),

        // Floor 1: words, and one target for each thing outside this program.
        floor("HostModel"),
        floor(
            "DiskIO", imports: ["CLinux", "HostModel"],
            packages: [systemPackage]),
        floor("Archives", imports: ["CArchive", "HostModel"]),
        floor("Signatures", imports: ["COpenSSL", "HostModel"]),

        // Floor 2: the engine.
        floor("Storage", imports: ["DiskIO", "HostModel"]),

        // Floor 3: bundles in, staged bundles out.
        floor("Bundles", imports: ["Storage", "DiskIO", "Archives", "Signatures", "HostModel"]),

        // Floor 8: one method for each use case.
        floor(
            "Hosting", imports: ["Bundles", "Storage", "Archives", "Signatures", "DiskIO", "HostModel"]),

        // Floor 10: the command line, one file for each verb.
        .executableTarget(
            name: "apphost",
            dependencies: [
                "Hosting", "HostModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

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
        .executableTarget(name: "SyscallInjector", path: "Tests/Harness/SyscallInjector"),
        tests(of: "HostModel", imports: ["HostModel"]),
        tests(of: "DiskIO", imports: ["DiskIO", "HostModel", "TestSupport"], packages: [systemPackage]),
        tests(of: "Archives", imports: ["Archives", "HostModel", "TestSupport"]),
        tests(of: "Signatures", imports: ["Signatures", "HostModel"]),
        tests(of: "Storage", imports: ["Storage", "DiskIO", "HostModel", "TestSupport"], packages: [systemPackage]),
        tests(
            of: "Bundles",
            imports: ["Bundles", "Archives", "Signatures", "Storage", "DiskIO", "HostModel", "TestSupport"]),
        tests(
            of: "Hosting",
            imports: ["Hosting", "Bundles", "Storage", "Signatures", "DiskIO", "HostModel", "TestSupport"]),
        tests(of: "Program", imports: ["apphost", "HostModel", "TestSupport"]),
        tests(of: "Repository", imports: ["HostModel"]),
    ]
)
