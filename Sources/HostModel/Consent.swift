/// What a careful person would want to be asked about.
package enum Consent: String, Sendable, CaseIterable {
    case permissions, posture, publisher, review
    case knownBad = "known-bad"
    case downgrade, unsigned
}

/// One thing to consent to, in words.
package struct ConsentQuestion: Sendable, Equatable {
    package let consent: Consent
    package let text: String

    package init(consent: Consent, text: String) {
        self.consent = consent
        self.text = text
    }
}
