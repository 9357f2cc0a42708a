import HostModel
import Hosting
import Storage
import TestSupport
import Testing

/// What the review of a bundle keeps from being installed, staged, updated and applied by hand.
struct UpdateGateTests {
    @Test func `where a trusted review is asked for, nothing without one comes in, nor is it fetched`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        try depot.lab.set("reviewMode", to: "require_trusted_review")
        for accept in [Set<Consent>(), Set(Consent.allCases)] {
            await expectFailure(.appReviewMissing) { try await depot.install(accept: accept) }
            await expectFailure(.appReviewMissing) {
                try await depot.lab.install(depot.lab.bundle("1.0.0"), accept: accept)
            }
        }
        #expect(depot.fetched.isEmpty)
        depot.expectNothing()

        try depot.lab.set("reviewMode", to: "advisory")
        try await depot.install("notes@1.0.0")
        try await depot.update(stage: true)
        try depot.lab.set("reviewMode", to: "require_trusted_review")
        await expectFailure(.appReviewMissing) { try await depot.apply() }
        await expectFailure(.appReviewMissing) { try await depot.update(accept: [.review]) }
        await expectFailure(.appReviewMissing) { try await depot.lab.update(depot.lab.bundle("1.2.0")) }
        #expect(try depot.lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
    }

    @Test(arguments: ["warn_untrusted", "require_trusted_review_for_apply_when_stopped"])
    func `in other modes a person goes on with an acknowledgement, which the receipt keeps`(mode: String) async throws {
        let depot = try await Depot.stocked(isServed: true)
        try depot.lab.set("reviewMode", to: mode)
        let asked1 = try await questions { try await depot.install("notes@1.0.0") }
        #expect(asked1 == [.review])
        #expect(depot.fetched.isEmpty)
        try await depot.install("notes@1.0.0", accept: [.review])
        let accepted = try depot.lab.receipt().accepted
        #expect(accepted.map(\.what) == ["review"])
        #expect(accepted.first?.evaluation?.hasPrefix("not_configured:") == true)
        let asked2 = try await questions { try await depot.update() }
        #expect(asked2 == [.review])
        try await depot.update(accept: [.review])
        #expect(try depot.lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
    }

    @Test func `an acknowledgement at stage holds at apply while the evaluation is the same`() async throws {
        let depot = try await Depot.withOld()
        try depot.lab.set("reviewMode", to: "warn_untrusted")
        try await depot.update(stage: true, accept: [.review])
        // Now a receipt could be there, and is not: that is another evaluation.
        try depot.lab.trust("alice", for: ["review"])
        let asked3 = try await questions { try await depot.apply() }
        #expect(asked3 == [.review])
        try await depot.update("notes@1.1.0", accept: [.review])
        try await depot.lab.rollback()
        try depot.publish("1.2.0")
        try await depot.update(stage: true, accept: [.review])
        try await depot.apply()
        #expect(try depot.lab.slots().contains("installed 1.2.0"))
    }

    @Test func `in the standard mode a review blocks nothing`() async throws {
        let depot = try await Depot.withOld()
        try await depot.update()
        #expect(try depot.lab.receipt().accepted.isEmpty)
    }

    /// Everything that is asked about one candidate comes as one question for each consent.
    @Test func `a move and another signer are one question, and a consent to less is none to more`() async throws {
        let depot = try await Depot.withOld()
        try depot.lab.trust("other")
        let shelf = try PublishedShelf("other")
        try depot.publish("1.2.0", by: ["other"], on: shelf)
        try await depot.add(shelf)
        let asked = Sentences()
        let options = ChangeOptions(ask: { _, questions in
            for question in questions { asked.add("\(question.consent.rawValue): \(question.text)") }
            return asked.all.count == 1
        })
        await expectFailure(.updateConsentRequired) {
            _ = try await depot.host().update(
                Lab.notes, version: nil, catalog: Samples.app("other"), onlyStage: false, options: options)
        }
        #expect(
            asked.all == [
                "publisher: it comes from another catalog, 'other'",
                "publisher: no key that vouched for this app signed it; it comes from another catalog, 'other'",
            ])
        #expect(try depot.lab.slots() == ["installed 1.0.0"])
    }
}
