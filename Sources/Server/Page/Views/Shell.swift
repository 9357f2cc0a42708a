import HostModel
import Hosting

/// What stands around every page.
struct Shell {
    let title: String
    let version = Platform.version
    let links: [Link]
    /// The token that somebody signed in with; nil where nobody did.
    let user: String?
    let form: FormKeys?
    /// Whether it shows something that goes on.
    let refreshes: Bool
    /// HTML that our own templates made.
    let content: String

    struct Link {
        let href: String
        let text: String
        let isCurrent: Bool
    }

    /// - Parameters:
    ///   - visitor: nil where nobody is signed in.
    ///   - area: the link that the page belongs to.
    init(title: String, visitor: Visitor?, area: String, refreshes: Bool, content: String) {
        self.title = title
        links = Self.areas.map { Link(href: $0.href, text: $0.text, isCurrent: $0.href == area) }
        user = visitor?.name
        form = visitor?.form
        self.refreshes = refreshes
        self.content = content
    }

    private static let areas = [
        (href: "/", text: "Apps"), (href: "/catalogs", text: "Catalogs"), (href: "/scheduler", text: "Scheduler"),
        (href: "/operations", text: "Operations"),
    ]
}

/// What every form of one page carries.
package struct FormKeys: Sendable {
    package let password: String
    /// Another one each time that a page is made.
    package let number: String

    package init(password: String, number: String = Hex.random(bytes: 32)) {
        self.password = password
        self.number = number
    }
}

/// Who is signed in.
struct Visitor: Sendable {
    let name: String
    let form: FormKeys

    init(_ session: Sessions.Session) {
        name = session.name.text
        form = FormKeys(password: session.formPassword.text)
    }

    var caller: Caller { .operatorBySession(name: name) }
}

/// A word with a colour. The word says it all.
package struct Badge: Sendable, Equatable {
    package let word: String
    /// `good`, `warn`, `bad` or `plain`.
    package let tone: String

    static func good(_ word: String) -> Badge { Badge(word: word, tone: "good") }
    static func warn(_ word: String) -> Badge { Badge(word: word, tone: "warn") }
    static func bad(_ word: String) -> Badge { Badge(word: word, tone: "bad") }
    static func plain(_ word: String) -> Badge { Badge(word: word, tone: "plain") }
}
