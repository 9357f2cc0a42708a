import Hosting

/// What our own pages know of a session and no other page does: without it no signed-in browser changes anything. Pure.
package enum FormPassword {
    /// In lower case.
    package static let header = "x-form-password"
    package static let field = "form_password"

    /// Whether a request shows the form password of its session, in the header or in a form: never in the query, which
    /// stands in histories and logs.
    package static func isShown(by request: ReceivedRequest, in session: Sessions.Session) -> Bool {
        guard let shown = request.header(header) ?? inForm(request) else { return false }
        return AccessToken(text: shown).matches(session.formPassword.digest)
    }

    private static func inForm(_ request: ReceivedRequest) -> String? {
        FormFields.read(request)?.first { $0.name == field }?.value
    }
}

/// The fields of a form, as a browser sends them. Pure.
package enum FormFields {
    private static let mediaType = "application/x-www-form-urlencoded"

    /// - Returns: nil where the body is no form. Fields that mean nothing are left out.
    package static func read(_ request: ReceivedRequest) -> [(name: String, value: String)]? {
        let type = request.header("content-type")?.lowercased().prefix { $0 != ";" && $0 != " " }
        guard let type, type == mediaType, let body = String(validating: request.body, as: UTF8.self) else {
            return nil
        }
        return body.split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEscapes.decoded(parts[0], plusIsSpace: true),
                let value = PercentEscapes.decoded(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { return nil }
            return (name: name, value: value)
        }
    }
}
