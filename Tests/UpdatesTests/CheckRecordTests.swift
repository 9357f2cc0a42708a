import Catalogs
import DiskIO
import HostModel
import TestSupport
import Testing
import Updates

@testable import Storage

/// `check.json`: there and back, on disk too, and what is refused in it.
struct CheckRecordTests {
    private func record(_ change: (inout Scene) throws -> Void = { _ in }) throws -> CheckRecord {
        var scene = try Scene()
        try change(&scene)
        return CheckRecord(try scene.result(), at: Samples.now)
    }

    private func problem(_ text: String) -> String? {
        do throws(RecordError) {
            _ = try CheckRecord.read(Array(text.utf8), file: "f")
            return nil
        } catch {
            return error.problem
        }
    }

    @Test(arguments: UpdateCheckTests.rows)
    func `what a check found is read as it was written`(row: UpdateCheckTests.Row) throws {
        let record = try record(row.change)
        #expect(try CheckRecord.read(record.json.line, file: "f") == record)
    }

    @Test func `a record has these keys`() throws {
        let record = try record { $0.policy.hold = .forever }
        let digest = String(repeating: "02", count: 32)
        let expected: String =
            #"{"schema":1,"checkedAt":"2026-05-01T10:00:00Z","catalog":"demo","status":"upgrade-available","#
            + #""reason":null,"candidateVersion":"1.1.0","candidateDigest":"\#(digest)","#
            + #""eligible":{"stage":false,"apply":false},"blockedBy":["held"],"#
            + #""sightings":[{"digest":"\#(digest)","firstSeen":"2026-05-01T10:00:00Z"}]}"#
        #expect(record.json.text == expected)
    }

    @Test(arguments: [
        (#""schema":1"#, #""schema":3"#, ""),
        (#""catalog""#, #""extra":1,"catalog""#, "'extra' is not a key it may have"),
        ("upgrade-available", "upgrade", "'status' is not the status of a check"),
        ("upgrade-available", "unknown", "'status' is not the status of a check"),
        (#""reason":null"#, #""reason":"catalog_expired""#, "'status' is not the status of a check"),
        (#""reason":null"#, #""reason":"tired""#, "'reason' is not a reason"),
        (#""stage":true"#, #""stage":1"#, "'eligible.stage' is not true or false"),
        (#""blockedBy":[]"#, #""blockedBy":[1]"#, "'blockedBy[0]' is not a string"),
        (#""firstSeen":"2"#, #""seen":"2"#, "'sightings[0].firstSeen' is missing"),
    ])
    func `what a record may not say is refused`(old: String, new: String, expected: String) throws {
        let text = try record().json.text
        try #require(text.contains(old))
        #expect(problem(text.replacing(old, with: new, maxReplacements: 1)) == expected)
    }

    @Test func `checks that find the same come to the same, whenever they were`() throws {
        let before = try record()
        let later = try record {
            $0.now = Samples.tomorrow
            $0.sightings = before.sightings
        }
        #expect(later.outcome == before.outcome)
        let held = try record { $0.policy.hold = .forever }
        #expect(held.outcome != before.outcome)
        let other = try record { $0.entry = try Samples.entry("1.2.0", digest: 3) }
        #expect(other.outcome != before.outcome)
    }

    // MARK: On disk

    private func app(in place: TemporaryDirectory) throws -> AppDirectory {
        AppDirectory(id: try Samples.app("notes"), directory: try place.open())
    }

    @Test func `a record is kept beside the app's others`() throws {
        let place = try TemporaryDirectory()
        let app = try app(in: place)
        #expect(try CheckRecord.read(of: app) == nil)
        let first = try record()
        try first.write(to: app)
        #expect(try CheckRecord.read(of: app) == first)
        #expect(place.names() == ["check.json"])
        #expect(place.mode(of: "check.json") == 0o600)

        let second = try record { $0.policy.hold = .forever }
        try second.write(to: app)
        #expect(try CheckRecord.read(of: app) == second)
        #expect(place.names() == ["check.json"])
    }

    @Test func `a record that cannot be read is named`() throws {
        for text in ["", "{}", String(repeating: " ", count: CheckRecord.limit + 1)] {
            let place = try TemporaryDirectory()
            try place.write(text, to: "check.json")
            let app = try app(in: place)
            let error = #expect(throws: StorageError.self) { try CheckRecord.read(of: app) }
            #expect(error?.code == .recordUnreadable)
            #expect(error?.message.contains("'apps/notes/check.json'") == true)
        }
    }
}
