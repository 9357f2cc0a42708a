import Archives
import Bundles
import DiskIO
import HostModel
import Testing

/// A folder of `TestBundles/refused-at-*/`: one bundle, and how it must be refused.
struct RefusedBundle: Sendable, CustomTestStringConvertible {
    let step: String
    let name: String

    /// Empty where they cannot be read, which a test of its own tells.
    static let all = (try? find()) ?? []

    static func find() throws -> [RefusedBundle] {
        try ["read", "verify", "unpack"].flatMap { step in
            try Samples.names(in: "\(Samples.testBundles)/refused-at-\(step)").map { name in
                RefusedBundle(step: step, name: name)
            }
        }
    }

    var testDescription: String { "\(step): \(name)" }

    /// The path of the bundle.
    func path() throws -> String {
        let file = try #require(try Samples.names(in: folder).first { $0.hasPrefix("bundle.") })
        return "\(folder)/\(file)"
    }

    /// What `expected.json` says.
    func expected() throws -> Refusal {
        let bytes = try Samples.bytes(of: "\(folder)/expected.json")
        var record = try JSONRecord(bytes, file: "\(folder)/expected.json", limit: 1024)
        let expected = Refusal(
            step: try record.required("step").string(), code: try record.required("code").string())
        try record.finish()
        return expected
    }

    private var folder: String { "\(Samples.testBundles)/refused-at-\(step)/\(name)" }
}

/// The step that refuses a bundle, and its stable code.
struct Refusal: Sendable, Equatable {
    let step: String
    let code: String
}

/// Every bundle in `TestBundles/` that is wrong is refused, by the step that must see it, and changes nothing.
@Suite(.serialized, .hostileScene)
struct RefusedBundlesTests {
    private func scene() throws -> HostileScene { try #require(HostileScene.current) }

    /// - Returns: nil where nothing refuses it.
    private func refusal(of path: String) throws -> Refusal? {
        var step = ""
        do {
            try scene().unpack(path, step: &step)
            return nil
        } catch let error as ArchiveError {
            // Archives are read as a stream, so this may come late.
            return Refusal(step: "read", code: error.code.rawValue)
        } catch let failure as any Failure {
            return Refusal(step: step, code: failure.code.rawValue)
        }
    }

    @Test(arguments: RefusedBundle.all)
    func `each is refused by its step and with its code, and nothing outside staging is touched`(
        bundle: RefusedBundle
    ) throws {
        let expected = try bundle.expected()
        #expect(expected.step == bundle.step)
        #expect(try refusal(of: bundle.path()) == expected)
        #expect(try scene().changes() == [])
    }

    @Test func `what was installed is sound, and an update of it would have been unpacked`() throws {
        #expect(try scene().isSound())
        #expect(try refusal(of: scene().newer) == nil)
        #expect(try scene().changes() == [])
    }

    @Test func `a file that is touched shows`() throws {
        let scene = try scene()
        try scene.touching { () throws in #expect(try scene.changes() == ["host/passwd"]) }
        #expect(try scene.changes() == [])
    }

    @Test func `there are at least nine hundred, some for each step, by strangers and by signers`() throws {
        let bundles = try RefusedBundle.find()
        #expect(bundles.count >= 900)
        #expect(Set(bundles.map(\.step)) == ["read", "verify", "unpack"])
        #expect(bundles.filter { $0.name.hasSuffix("-listed") }.count >= 30)
    }

    @Test func `a bundle that is not there is told as such`() {
        let path = "\(Samples.testBundles)/nothing.tar"
        #expect(throws: BundleError.sourceNotFound(path)) { try BundleSource.open(path, files: Samples.files) }
    }
}
