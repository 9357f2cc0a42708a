import HostModel
import Signatures
import Testing

@testable import Catalogs

/// What is metadata at all, section 4.
struct MetadataFormatTests {
    private static let digest = String(repeating: "0", count: 64)

    private func signed(_ text: String, of role: RoleName = .timestamp) throws -> SignedMetadata {
        try SignedMetadata(Array(#"{"signatures":[],"signed":\#(text)}"#.utf8), of: role)
    }

    private func timestamp(
        type: String = #""timestamp""#, specification: String = #""1.0.34""#, version: String = "1",
        expires: String = #""2030-01-01T00:00:00Z""#, file: String = #"{"version":1}"#
    ) throws -> TimestampMetadata {
        let text = """
            {"_type":\(type),"spec_version":\(specification),"version":\(version),"expires":\(expires),
            "meta":{"snapshot.json":\(file)}}
            """
        return try TimestampMetadata(signed(text))
    }

    @Test func `a timestamp has its version, its end and its snapshot`() throws {
        let file = #"{"version":7,"length":9,"hashes":{"sha256":"\#(Self.digest)"},"x":null}"#
        let metadata = try timestamp(version: "5", file: file)
        #expect(metadata.version == 5)
        #expect(metadata.header.expires == Timestamp("2030-01-01"))
        #expect(metadata.snapshot.version == 7)
        #expect(metadata.snapshot.length == 9)
        #expect(metadata.snapshot.limit(unlisted: 100) == 9)
        #expect(try timestamp().snapshot.limit(unlisted: 100) == 100)
    }

    @Test(arguments: [#""1.0""#, #""1.0.0""#, #""1.1.99""#])
    func `any version 1 of the specification is understood`(specification: String) throws {
        #expect(try timestamp(specification: specification).version == 1)
    }

    @Test(arguments: [#""2.0.0""#, #""1""#, #""1.0.0.0""#, #""1.0.x""#, #""1..0""#, #""""#, "1"])
    func `another version of the specification is refused`(specification: String) {
        #expect(throws: RecordError.self) { try timestamp(specification: specification) }
    }

    @Test(arguments: ["0", "-1", #""1""#, "1.5", "null", "9223372036854775807"])
    func `a version is a whole number from 1 on that has a successor`(version: String) {
        #expect(throws: RecordError.self) { try timestamp(version: version) }
    }

    @Test(arguments: [
        #""2030-01-01""#, #""2030-01-01T00:00:00""#, #""2030-01-01T00:00:00.5Z""#, #""2030-01-01T00:00:00+00:00""#,
        #""2030-13-01T00:00:00Z""#, "1893456000",
    ])
    func `a moment is written in one way`(expires: String) {
        #expect(throws: RecordError.self) { try timestamp(expires: expires) }
    }

    @Test(arguments: [#""snapshot""#, #""Timestamp""#, "null"])
    func `metadata of another type is refused`(type: String) {
        #expect(throws: RecordError.self) { try timestamp(type: type) }
    }

    @Test(arguments: [
        "{}", #"{"version":0}"#, #"{"version":1,"length":-1}"#, #"{"version":1,"hashes":{}}"#,
        #"{"version":1,"hashes":{"sha256":"00"}}"#, #"{"version":1,"hashes":{"md5":1}}"#, "1",
    ])
    func `a file that is not described as it must be is refused`(file: String) {
        #expect(throws: RecordError.self) { try timestamp(file: file) }
    }

    @Test func `a key twice is refused, wherever it stands`() {
        #expect(throws: RecordError.self) { try timestamp(file: #"{"version":1,"version":1}"#) }
        #expect(throws: RecordError.self) { try timestamp(file: #"{"version":1,"x":{"a":1,"a":1}}"#) }
    }

    @Test func `unknown keys are ignored, and are part of what is signed`() throws {
        let text = #"{"z":{"b":1,"a":[]},"_type":"x"}"#
        let metadata = try signed(text)
        #expect(String(decoding: metadata.signedBytes, as: UTF8.self) == #"{"_type":"x","z":{"a":[],"b":1}}"#)
        #expect(metadata.bytes == Array(#"{"signatures":[],"signed":\#(text)}"#.utf8))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"signed":{}}"#, #"{"signatures":[]}"#, #"{"signatures":{},"signed":{}}"#,
        #"{"signatures":[{}],"signed":{}}"#, #"{"signatures":[{"keyid":"a"}],"signed":{}}"#,
        #"{"signatures":[{"keyid":"a","sig":1}],"signed":{}}"#,
        #"{"signatures":[{"keyid":"a","sig":""},{"keyid":"a","sig":"00"}],"signed":{}}"#,
        #"{"signatures":[],"signed":{"a":1.5}}"#,
    ])
    func `what is no signed metadata is refused`(text: String) {
        #expect(throws: RecordError.self) { try SignedMetadata(Array(text.utf8), of: .root) }
    }

    @Test func `custom members of root, roles and keys change nothing`() async throws {
        let lab = try Lab()
        lab.repository.rootExtras = [JSONValue.Member("x-anything", .array([.integer(1), .null]))]
        lab.repository.publish("root")
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored().contains("root 2"))
    }

    @Test func `a delegation has one kind of paths`() {
        let head = #""name":"a","keyids":[],"threshold":1"#
        let both = #"{\#(head),"paths":["*"],"path_hash_prefixes":["0"]}"#
        #expect(throws: RecordError.self) { try role(both) }
        #expect(throws: Never.self) { try role("{\(head)}") }
        #expect(throws: RecordError.self) { try role(#"{"name":"a","keyids":[],"threshold":0,"paths":[]}"#) }
    }

    @Test(arguments: ["0", "-1", "-9223372036854775808", "9223372036854775808", "1.5", "1e0", #""1""#, "null", "true"])
    func `a threshold is a whole number from 1 on`(threshold: String) {
        #expect(throws: RecordError.self) { try role(#"{"name":"a","keyids":[],"threshold":\#(threshold)}"#) }
    }

    @Test func `the largest threshold is read, and nobody meets it`() throws {
        let none = try role(#"{"name":"a","keyids":[],"threshold":9223372036854775807}"#)
        #expect(none.signers.threshold == .max)
    }

    @Test func `a delegation without paths is for nothing, and is not terminating unless it says so`() throws {
        let path = try #require(RelativePath("a"))
        let none = try role(#"{"name":"a","keyids":[],"threshold":1}"#)
        #expect(!none.isTrusted(with: path, digest: Self.digest))
        #expect(!none.isTerminating)
    }

    private func role(_ text: String) throws -> DelegatedRole {
        var record = try JSONRecord(Array(#"{"role":\#(text)}"#.utf8), file: "test", limit: 1 << 10)
        return try DelegatedRole(record.required("role"))
    }

    /// A role that is trusted with paths by their hashes.
    private struct Bin {
        let name: String
        let prefixes: [String]
        var isTerminating = false

        var text: String {
            let list = prefixes.map { "\"\($0)\"" }.joined(separator: ",")
            return #"{"name":"\#(name)","keyids":[],"threshold":1,"terminating":\#(isTerminating),"#
                + #""path_hash_prefixes":[\#(list)]}"#
        }
    }

    private func delegations(_ roles: [String]) throws -> Delegations {
        let text = #"{"delegations":{"keys":{},"roles":[\#(roles.joined(separator: ","))]}}"#
        var record = try JSONRecord(Array(text.utf8), file: "test", limit: 1 << 20)
        return try Delegations(record.required("delegations"))
    }

    @Test func `bins are found in their order, up to a terminating one, whatever their prefixes are`() throws {
        let path = try #require(RelativePath("file"))
        let digest = DigestStream.digest(of: path.bytes).hex
        let (one, two) = (String(digest.prefix(1)), String(digest.prefix(2)))
        let other = one == "0" ? "1" : "0"
        let cases: [(bins: [Bin], found: [String])] = [
            ([], []), ([Bin(name: "a", prefixes: [])], []), ([Bin(name: "a", prefixes: [""])], ["a"]),
            ([Bin(name: "a", prefixes: [other]), Bin(name: "b", prefixes: [one])], ["b"]),
            ([Bin(name: "b", prefixes: [one]), Bin(name: "a", prefixes: [other, one, one])], ["b", "a"]),
            (
                [
                    Bin(name: "a", prefixes: [other], isTerminating: true), Bin(name: "b", prefixes: [two]),
                    Bin(name: "c", prefixes: [two], isTerminating: true), Bin(name: "d", prefixes: [two]),
                ], ["b", "c"]
            ),
            (
                [Bin(name: "a", prefixes: [one]), Bin(name: "b", prefixes: [two]), Bin(name: "c", prefixes: [""])],
                ["a", "b", "c"]
            ),
            ([Bin(name: "a", prefixes: [digest]), Bin(name: "b", prefixes: [digest])], ["a", "b"]),
            ([Bin(name: "a", prefixes: [digest + "0"])], []), ([Bin(name: "a", prefixes: ["zz"])], []),
            ([Bin(name: "a", prefixes: [digest.uppercased()])], []),
        ]
        // One role more, that is never trusted with the path: how the others are looked up must not matter.
        let strangers = [
            nil, Bin(name: "stranger", prefixes: ["zzz"]).text,
            #"{"name":"stranger","keyids":[],"threshold":1,"paths":["other"]}"#,
        ]
        for (bins, found) in cases {
            for stranger in strangers {
                let roles = try delegations([stranger].compactMap { $0 } + bins.map(\.text)).roles(for: path)
                #expect(roles.map(\.name.description) == found, "\(bins)")
            }
        }
    }
}

/// Section 4.5, PATHPATTERN.
struct PathPatternTests {
    @Test(
        arguments: [
            ("targets/*.tgz", "targets/foo.tgz", true), ("targets/*.tgz", "targets/foo.txt", false),
            ("foo-version-?.tgz", "foo-version-2.tgz", true), ("foo-version-?.tgz", "foo-version-alpha.tgz", false),
            ("*.tgz", "foo.tgz", true), ("*.tgz", "targets/foo.tgz", false), ("foo.tgz", "foo.tgz", true),
            ("foo.tgz", "Foo.tgz", false), ("*", "a", true), ("*", "a/b", false), ("*/*", "a/b", true),
            ("?", "a", true), ("?", "ab", false), ("?", "\u{1F600}", true), ("", "a", false), ("/a", "a", false),
            ("a/", "a", false), ("a/**", "a/b", true), ("a/**", "a/b/c", false), ("*a*b*", "xaybz", true),
            ("*a*b*", "xbya", false), ("a*", "a", true), ("*.*", "ab", false), ("[abc].x", "b.x", true),
            ("[a-c].x", "c.x", true), ("[a-c].x", "d.x", false), ("[!a-c].x", "d.x", true),
            ("[!a-c].x", "a.x", false), ("[]a]", "]", true), ("[a", "[a", true), ("[a-]", "-", true),
            ("a.c", "abc", false),
        ] as [(String, String, Bool)])
    func `a pattern matches as a shell does`(pattern: String, path: String, matches: Bool) throws {
        let path = try #require(RelativePath(path))
        #expect(PathPattern(pattern).matches(path) == matches)
    }

    @Test func `a pattern of many stars takes little time`() throws {
        let path = try #require(RelativePath(String(repeating: "a", count: 255)))
        let pattern = PathPattern(String(repeating: "*a", count: 200) + "b")
        #expect(!pattern.matches(path))
    }
}
