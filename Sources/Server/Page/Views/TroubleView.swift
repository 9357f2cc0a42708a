import HostModel

/// Why something was not shown or done, in words that help.
package struct TroubleView: Sendable {
    package let title: String
    package let message: String
    /// What the disk looks like now; nil where nothing could have changed.
    package let state: String?
    package let advice: String?
    package let code: String
    /// The last lines that an app wrote.
    package let log: [String]
    package let hasLog: Bool
    /// Where to go on.
    package let href: String
    package let link: String

    init(
        title: String, message: String, state: String? = nil, advice: String?, code: String, log: [String] = [],
        href: String, link: String
    ) {
        self.title = title
        self.message = Wording.sentence(message)
        self.state = state
        self.advice = advice.map(Wording.sentence)
        self.code = code
        self.log = log
        hasLog = !log.isEmpty
        self.href = href
        self.link = link
    }

    /// What the API answers with, or an operation ended with.
    ///
    /// - Parameters:
    ///   - error: its members `code`, `message`, `state`, `help` and `log`.
    ///   - href: the page where it can be looked at what to do.
    package init(error: JSONValue, href: String) {
        let code = error.word("code") ?? FailureCode.internalError.rawValue
        self.init(
            title: Wording.title(ofFailure: code), message: error.word("message") ?? "", state: Self.state(of: error),
            advice: Wording.advice(for: code) ?? error.word("help"), code: code, log: error.words("log"), href: href,
            link: "Back")
    }

    /// What a request is refused with before anything is looked at.
    package init(_ refusal: HTTPRefusal) {
        switch refusal {
        case .formPasswordWrong: self = .staleForm
        case .crossOrigin:
            self.init(
                title: "Another page sent this form",
                message: "Nothing was done. Forms are taken only from the pages "
                    + "of this server, at the address that they were opened at",
                advice: "Open the page itself, and fill in the form there", code: refusal.code, href: "/",
                link: "Open the page")
        case .misdirected:
            self.init(
                title: "Not at this address", message: "This server is not known by that name. Nothing was done",
                advice: "Use the address that it listens at: 127.0.0.1 with its port", code: refusal.code, href: "/",
                link: "Open the page")
        default:
            self.init(
                title: "That request was refused", message: refusal.message, advice: refusal.help, code: refusal.code,
                href: "/", link: "Open the page")
        }
    }

    // MARK: Forms

    package static let staleForm = TroubleView(
        title: "This form is stale",
        message: "Nothing was done. It was made for another session, or did not come from these pages",
        advice: "Open the page again, look at it, and send the form from there", code: "form_password_wrong",
        href: "/", link: "Open the page")

    package static let sessionOver = TroubleView(
        title: "Your session is over",
        message: "Nothing was done. A session lasts 12 hours. It ends too where its token is revoked, or the server is "
            + "restarted",
        advice: "Sign in again. Then look at the page again, because something may have changed",
        code: "not_authenticated", href: "/sign-in", link: "Sign in")

    static let noForm = TroubleView(
        title: "That was no form", message: "Nothing was done. What was sent is no form of these pages",
        advice: "Open the page again, and send the form from there", code: "form_invalid", href: "/",
        link: "Open the page")

    static func formUsed(_ href: String) -> TroubleView {
        TroubleView(
            title: "This form was used before",
            message: "It was sent once with other values, and that was done. Nothing was done this time",
            advice: "Open the page again: it shows how things are now", code: "form_used", href: href,
            link: "Look at it again")
    }

    static let noPage = TroubleView(
        title: "There is no such page", message: "Nothing is at this address",
        advice: "It may have been removed, or mistyped", code: "page_not_found", href: "/", link: "See all apps")

    static func onlyByForm(_ href: String) -> TroubleView {
        TroubleView(
            title: "That is done by a form", message: "Nothing was done. This address only takes forms",
            advice: "Open the page with the form", code: "method_not_allowed", href: href, link: "Open the form")
    }

    private static func state(of error: JSONValue) -> String? {
        switch error.word("state") {
        case DiskState.unchanged.rawValue: "Nothing was changed."
        case DiskState.changed.rawValue: "Something was changed. Look at the history of the app."
        case DiskState.uncertain.rawValue: "What is on the disk now is uncertain. The next command settles it."
        default: nil
        }
    }
}
