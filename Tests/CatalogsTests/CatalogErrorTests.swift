import HostModel
import Testing

@testable import Catalogs

/// What people read when a catalog is refused.
struct CatalogErrorTests {
    static let sentences: [(CatalogError, String)] = [
        (
            .expired(.timestamp, at: TestRepository.past, now: TestRepository.now),
            "'timestamp.json' of the catalog expired at 2027-01-14T08:00:00Z, and now it is 2027-01-15T08:00:00Z"
                + " (TUF 5.4.4)"
        ),
        (
            .notSigned(.targets, valid: 1, threshold: 2),
            "'targets.json' of the catalog needs the signatures of 2 of its keys and has 1 (TUF 5.6.3)"
        ),
        (
            .wrongVersion(.root, found: 4, expected: 3),
            "'root.json' of the catalog has version 4 where 3 is due (TUF 5.3.5)"
        ),
        (
            .rollback(.timestamp, file: "snapshot.json", found: 6, trusted: 7),
            "'timestamp.json' of the catalog goes back from version 7 of 'snapshot.json' to 6 (TUF 5.4.3)"
        ),
        (
            .contentDiffers(.snapshot),
            "'snapshot.json' of the catalog has not the length and hashes that are listed for it (TUF 5.5.2)"
        ),
        (
            .neverRefreshed(.snapshot, path: "/srv/apphost/catalogs/demo/kept"),
            "no 'snapshot.json' was ever verified in '/srv/apphost/catalogs/demo/kept'"
        ),
    ]

    @Test func `a refusal names the file of metadata that it is about`() {
        for (error, sentence) in Self.sentences { #expect(error.message == sentence) }
    }

    private static let role = RoleName(delegated: "a\u{1B}") ?? .targets

    static let errors: [(CatalogError, String?)] = [
        (.notServed(.snapshot, file: "2.snapshot.json"), "5.5.1"),
        (.tooLong(.root, file: "2.root.json", limit: 1), "5.3.3"),
        (.malformed(.timestamp, RecordError(file: "x", problem: "it is nothing")), "4.6"),
        (.notSigned(.snapshot, valid: 1, threshold: 2), "5.5.3"), (.notSigned(role, valid: 0, threshold: 1), "5.6.3"),
        (.wrongVersion(.root, found: 4, expected: 3), "5.3.5"),
        (.wrongVersion(.targets, found: 4, expected: 3), "5.6.4"),
        (.contentDiffers(.snapshot), "5.5.2"), (.contentDiffers(role), "5.6.2"),
        (.rollback(.timestamp, file: "timestamp.json", found: 1, trusted: 2), "5.4.3"),
        (.rollback(.snapshot, file: "a.json", found: nil, trusted: 2), "5.5.5"),
        (.expired(.root, at: TestRepository.past, now: TestRepository.now), "5.3.10"),
        (.expired(.timestamp, at: TestRepository.past, now: TestRepository.now), "5.4.4"),
        (.expired(.snapshot, at: TestRepository.past, now: TestRepository.now), "5.5.6"),
        (.expired(.targets, at: TestRepository.past, now: TestRepository.now), "5.6.5"),
        (.notInSnapshot(role), "5.6.1"), (.noTrustedRoot(path: "/x"), "5.2"), (.busy(path: "/x"), nil),
        (.neverRefreshed(.timestamp, path: "/x"), nil),
    ]

    @Test(arguments: CatalogErrorTests.errors.indices)
    func `a refusal names its step, shows no control character, and says what to do`(index: Int) {
        let (error, step) = Self.errors[index]
        #expect(error.step == step)
        #expect(error.message.hasSuffix("(TUF \(step ?? ""))") == (step != nil))
        let isPlain = error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 }
        #expect(isPlain)
        #expect(error.help != nil)
        #expect(error.state == .unchanged)
    }
}
