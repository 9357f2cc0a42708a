import Bundles
import HostModel
import Testing
import Updates

/// `behaviour.md` 2, *compatibility*: what a bundle requires, held against a host.
struct CompatibilityTests {
    /// What a bundle requires, on apphost 1.2.0 on x86_64.
    static let rows: [(String, Compatibility)] = [
        (#"{}"#, .compatible),
        (#"{"apphost":"1.0.0"}"#, .compatible),
        (#"{"apphost":"1.2"}"#, .compatible),
        (#"{"apphost":"1.2.0-beta.1"}"#, .compatible),
        (#"{"apphost":"1.2.1"}"#, .incompatible(reason: "it needs apphost 1.2.1, this is 1.2.0")),
        (#"{"apphost":"2.0.0-rc.1"}"#, .incompatible(reason: "it needs apphost 2.0.0-rc.1, this is 1.2.0")),
        (#"{"arch":["x86_64"]}"#, .compatible),
        (#"{"arch":["aarch64","x86_64"]}"#, .compatible),
        (#"{"arch":["aarch64"]}"#, .incompatible(reason: "it is made for aarch64, this is x86_64")),
        (#"{"arch":["aarch64","riscv64"]}"#, .incompatible(reason: "it is made for aarch64, riscv64, this is x86_64")),
        (#"{"apphost":"1.0.0","arch":["x86_64"]}"#, .compatible),
        (#"{"apphost":"9.0.0","arch":["aarch64"]}"#, .incompatible(reason: "it is made for aarch64, this is x86_64")),
    ]

    private func manifest(requires: String, sandbox: String = "null") throws -> Manifest {
        let text = #"{"schema":1,"id":"notes","name":"Notes","version":"1.0.0","requires":"# + requires
        return try Manifest.read(Array((text + #","sandbox":"# + sandbox + "}").utf8))
    }

    @Test(arguments: CompatibilityTests.rows)
    func `a bundle fits a host that meets what it requires`(requires: String, expected: Compatibility) throws {
        let platform = Platform(apphost: try Samples.version("1.2.0"), arch: "x86_64")
        #expect(try Compatibility.of(manifest(requires: requires), on: platform) == expected)
    }

    @Test func `a bundle that says nothing fits everywhere`() throws {
        let manifest = try Samples.manifest("1.0.0")
        let platform = Platform(apphost: try Samples.version("0.1"), arch: "unknown")
        #expect(Compatibility.of(manifest, on: platform) == .compatible)
    }

    @Test func `a host whose version has no order is unknown, but for its architecture`() throws {
        let platform = Platform(apphost: try Samples.version("nightly"), arch: "x86_64")
        #expect(try Compatibility.of(manifest(requires: #"{"apphost":"1.0.0"}"#), on: platform) == .unknown)
        #expect(try Compatibility.of(manifest(requires: #"{"arch":["x86_64"]}"#), on: platform) == .compatible)
        let other = try manifest(requires: #"{"apphost":"1.0.0","arch":["aarch64"]}"#)
        #expect(
            Compatibility.of(other, on: platform) == .incompatible(reason: "it is made for aarch64, this is x86_64"))
    }

    @Test func `what a bundle says it is made for cannot imitate our output`() throws {
        let platform = Platform(apphost: try Samples.version("1.0.0"), arch: "x86_64")
        let hostile = try manifest(requires: #"{"arch":["a\u001b[2K"]}"#)
        let expected = Compatibility.incompatible(reason: #"it is made for a\u{1b}[2K, this is x86_64"#)
        #expect(Compatibility.of(hostile, on: platform) == expected)
    }

    /// Of a bundle that is made for every host.
    static let sandboxes: [(String, Compatibility)] = [
        ("null", .compatible),
        (#"{"mode":"none"}"#, .compatible),
        (#"{"mode":"none","required":true}"#, .compatible),
        (#"{"mode":"bubblewrap"}"#, .compatible),
        (#"{"mode":"bubblewrap","required":false}"#, .compatible),
        (
            #"{"mode":"bubblewrap","required":true}"#,
            .incompatible(reason: "it requires the sandbox 'bubblewrap', which this build cannot enforce")
        ),
    ]

    @Test(arguments: CompatibilityTests.sandboxes)
    func `a bundle fits no host that cannot enforce the sandbox it requires`(
        sandbox: String, expected: Compatibility
    ) throws {
        let platform = Platform(apphost: try Samples.version("1.2.0"), arch: "x86_64")
        #expect(try Compatibility.of(manifest(requires: "{}", sandbox: sandbox), on: platform) == expected)
        // Where that is not known, the sandbox decides.
        let unknown = Platform(apphost: try Samples.version("nightly"), arch: "x86_64")
        let fit = try Compatibility.of(manifest(requires: #"{"apphost":"1.0.0"}"#, sandbox: sandbox), on: unknown)
        #expect(fit == (expected == .compatible ? .unknown : expected))
    }

    @Test func `another architecture is named before the sandbox`() throws {
        let platform = Platform(apphost: try Samples.version("1.2.0"), arch: "x86_64")
        let both = try manifest(requires: #"{"arch":["aarch64"]}"#, sandbox: #"{"mode":"wasm","required":true}"#)
        let expected = Compatibility.incompatible(reason: "it is made for aarch64, this is x86_64")
        #expect(Compatibility.of(both, on: platform) == expected)
    }
}
