import HostModel

/// Why what an operator wants of an app cannot be recorded. Nothing was changed. No case has a value of a variable.
package enum ConfigureError: Error {
    case nameInvalid(String)
    /// AppHost itself gives this variable to every app.
    case nameReserved(VariableName)
    /// The installed bundle declares it as a secret, so its value has no place in a record that is shown.
    case declaredSecret(AppID, VariableName)
    /// A secret of that name is stored, and a variable has one value.
    case storedSecret(AppID, VariableName)
    case valueInvalid(VariableName, problem: String)
    case choiceInvalid(what: String, String, allowed: String)
    /// More, or longer, than the record takes.
    case tooMuch(AppID, problem: String)
    case secretInvalid(name: String, SecretValue.Problem)
    case permissionNotDeclared(AppID, String, declared: [String])
}

extension ConfigureError: Failure {
    package var code: FailureCode {
        switch self {
        case .nameInvalid, .nameReserved, .declaredSecret, .storedSecret, .valueInvalid, .choiceInvalid, .tooMuch,
            .secretInvalid:
            .settingInvalid
        case .permissionNotDeclared: .permissionNotDeclared
        }
    }

    package var message: String {
        switch self {
        case .nameInvalid(let name): "\(quoted(name)) is no name of an environment variable"
        case .nameReserved(let name): "the variable \(quoted(name.text)) is apphost's own"
        case .declaredSecret(_, let name): "the bundle declares the variable \(quoted(name.text)) as a secret"
        case .storedSecret(_, let name): "the variable \(quoted(name.text)) is kept as a secret"
        case .valueInvalid(let name, let problem): "the value of \(quoted(name.text)) \(problem)"
        case .choiceInvalid(let what, let text, _): "\(quoted(text)) is no \(what)"
        case .tooMuch(let id, let problem): "the configuration of \(quoted(id.text)) has \(problem)"
        case .secretInvalid(let name, let problem): "the value of \(quoted(name)) \(problem.sentence)"
        case .permissionNotDeclared(let id, let permission, _):
            "the installed bundle of \(quoted(id.text)) does not declare the permission \(quoted(permission))"
        }
    }

    package var help: String? {
        switch self {
        case .nameInvalid: "a name has letters, digits and '_', and does not begin with a digit"
        case .nameReserved: "apphost gives PATH, HOME, LANG, TMPDIR and APPHOST_… to every app"
        case .declaredSecret(let id, let name): "'apphost secret set \(id) \(name)' takes it from a file or a terminal"
        case .storedSecret(let id, let name): "'apphost secret remove \(id) \(name)' deletes it"
        case .valueInvalid, .tooMuch: nil
        case .choiceInvalid(_, _, let allowed): allowed
        case .secretInvalid(let name, .empty): "give the file of \(quoted(name)) with '--from FILE'"
        case .secretInvalid: nil
        case .permissionNotDeclared(_, _, let declared):
            declared.isEmpty ? "it declares none" : "it declares " + declared.joined(separator: ", ")
        }
    }
}

extension SecretValue.Problem {
    fileprivate var sentence: String {
        switch self {
        case .empty: "is empty"
        case .tooLong: "is longer than \(SecretValue.limit) bytes"
        case .holdsNUL: "has a NUL byte"
        }
    }
}
