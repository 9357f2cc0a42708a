import DiskIO
import HostModel
import Testing

@testable import Storage

struct RetentionTests {
    /// Older sequences, how many bundles to keep, the sequences that go.
    static let cases: [([Int64], Int, [Int64])] = [
        ([], 1, []), ([], 5, []),
        ([3], 1, [3]), ([3], 2, []),
        ([3, 5, 9], 1, [3, 5, 9]), ([3, 5, 9], 2, [3, 5]), ([3, 5, 9], 3, [3]), ([3, 5, 9], 4, []),
        ([3, 5, 9], 100, []), ([9, 3, 5], 2, [3, 5]), ([10, 9], 2, [9]), ([Int64.max, 1], 2, [1]),
        // Less than one cannot be asked for; the rollback slot itself is never in question.
        ([3, 5], 0, [3, 5]), ([3, 5], -1, [3, 5]),
    ]

    @Test(arguments: RetentionTests.cases)
    func `the oldest go first, and the rollback slot counts as one`(older: [Int64], keeping: Int, expired: [Int64]) {
        let slots = older.map { Slot.older(sequence: $0) }
        #expect(Retention.expired(slots, keeping: keeping) == expired.map { Slot.older(sequence: $0) })
    }

    @Test func `no other slot ever expires`() {
        let slots: [Slot] = [.installed, .staged, .rollback, .backup, .older(sequence: 2)]
        #expect(Retention.expired(slots, keeping: 1) == [.older(sequence: 2)])
    }
}

struct SlotTests {
    @Test(
        arguments: [
            (.installed, "installed"), (.staged, "staged"), (.rollback, "rollback"), (.backup, "backup"),
            (.older(sequence: 0), "older-0"), (.older(sequence: 42), "older-42"),
            (.older(sequence: .max), "older-9223372036854775807"),
        ] as [(Slot, String)])
    func `a slot has one name`(slot: Slot, name: String) {
        #expect(slot.name == name)
        #expect(Slot(name: name) == slot)
        #expect(slot.path.description == name)
    }

    @Test(arguments: [
        "", "Installed", "installed ", "older", "older-", "older-x", "older-01", "older-+1", "older- 1", "older-1 ",
        "older-9223372036854775808", "older-1.5", "lock", "record.json", "journal.json", "history.jsonl", ".", "..",
    ])
    func `another name is no slot`(name: String) {
        #expect(Slot(name: name) == nil)
    }
}

struct StageIDTests {
    @Test func `a stage names one copy`() throws {
        let text = "0123456789abcdef0123456789abcdef"
        let stage = try #require(StageID(text))
        #expect(stage.text == text)
        let random = (0..<100).map { _ in StageID.random() }
        #expect(Set(random).count == 100)
        for stage in random { #expect(StageID(stage.text) == stage) }
    }

    @Test(arguments: [
        "", "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdef0", "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef0123456789abcdeg", "../456789abcdef0123456789abcdef00",
    ])
    func `another text is no stage`(text: String) {
        #expect(StageID(text) == nil)
    }
}
