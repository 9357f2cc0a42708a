import HostModel
import Hosting

/// What a browser is answered, and what the audit log is told of it.
struct PageAnswer: Sendable {
    var http: HTTPAnswer
    var caller = Caller.nobody
    /// The template that the path matched; nil where it matched none.
    var route: String?
    var app: AppID?
    var isAllowed: Bool
}

extension HTTPAnswer {
    /// A page, or a part of one: nothing in it comes from elsewhere, and nobody may frame it.
    ///
    /// - Parameter asks: whether its script asks this server for something.
    static func page(_ status: Int, _ text: String, asks: Bool = false) -> HTTPAnswer {
        HTTPAnswer(status: status, mediaType: "text/html; charset=utf-8", body: Array(text.utf8))
            .adding("Content-Security-Policy", PagePolicy.content + (asks ? "; connect-src 'self'" : ""))
            .adding("Referrer-Policy", PagePolicy.referrer)
            .adding("Cross-Origin-Opener-Policy", "same-origin")
    }

    /// A file that pages load.
    static func asset(_ asset: PageAsset) -> HTTPAnswer {
        HTTPAnswer(status: 200, mediaType: asset.mediaType, body: Array(asset.text.utf8))
            .adding("Content-Security-Policy", PagePolicy.content)
            .adding("Referrer-Policy", PagePolicy.referrer)
    }

    /// Leads a browser on, with `GET`.
    static func seeOther(_ path: String) -> HTTPAnswer { page(303, "").adding("Location", path) }
}

/// What a browser lets pages do. Source: Content Security Policy Level 3.
package enum PagePolicy {
    package static let content =
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        + "base-uri 'none'"

    /// With `no-referrer` browsers would send forms with the origin `null`, which is refused.
    package static let referrer = "same-origin"
}

/// A file that pages load.
package enum PageAsset: String, CaseIterable, Sendable {
    case style = "/style.css"
    case progress = "/progress.js"

    var mediaType: String {
        switch self {
        case .style: "text/css; charset=utf-8"
        case .progress: "text/javascript; charset=utf-8"
        }
    }

    var text: String {
        switch self {
        case .style: PageStyle.text
        case .progress: PageScript.progress
        }
    }
}
