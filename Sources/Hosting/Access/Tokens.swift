import DiskIO
import HostModel
import Signatures
import Storage

/// What is kept of a token that lets a program, or a browser, act as the operator.
package struct OperatorToken: Sendable, Equatable, JSONRepresentable {
    package let name: AppID
    package let createdAt: Timestamp
    /// Of its text.
    package let digest: ContentDigest

    package init(name: AppID, createdAt: Timestamp, digest: ContentDigest) {
        self.name = name
        self.createdAt = createdAt
        self.digest = digest
    }

    /// What may be shown: never the digest.
    package var json: JSONValue { ["name": name, "createdAt": createdAt] }
}

/// Why no token was made or revoked. Nothing was changed.
package enum TokenError: Failure {
    case alreadyMade(AppID)
    case notFound(AppID)
    case tooMany(limit: Int)

    package var code: FailureCode {
        switch self {
        case .alreadyMade: .tokenAlreadyMade
        case .notFound: .tokenNotFound
        case .tooMany: .usage
        }
    }

    package var message: String {
        switch self {
        case .alreadyMade(let name): "there is a token \(quoted(name.text)) already"
        case .notFound(let name): "there is no token \(quoted(name.text))"
        case .tooMany(let limit): "there are \(limit) tokens already, which is the most there may be"
        }
    }

    package var help: String? {
        switch self {
        case .alreadyMade(let name): "choose another name, or 'apphost token revoke \(name)' first"
        case .notFound: "'apphost token list' shows those there are"
        case .tooMany: "'apphost token revoke NAME' those that nobody uses"
        }
    }
}

extension AppHost {
    /// Every token of an operator, in the order in which they were made.
    package func tokens() throws -> [OperatorToken] { try tokens(openRoot()) }

    /// Makes a token.
    ///
    /// - On disk: `tokens.json` is replaced. It has the digest, and never the text.
    /// - Parameter name: in the grammar of an app id.
    /// - Returns: the token, whose text cannot be had again; nil in a dry run.
    /// - Throws: ``TokenError``.
    package func newToken(_ name: AppID, dryRun: Bool = false) throws -> (kept: OperatorToken, token: AccessToken?) {
        try requireWritable(openRoot())
        let token = AccessToken.random(prefix: TokenFile.prefix)
        let kept = OperatorToken(name: name, createdAt: now(), digest: token.digest)
        var file = TokenFile(tokens: try tokens())
        try file.add(kept)
        if dryRun { return (kept, nil) }
        try openEngine().root.changeRecord(TokenFile.name, in: nil, limit: TokenFile.limit) { bytes in
            file = try TokenFile(bytes)
            try file.add(kept)
            return file.json.line
        }
        return (kept, token)
    }

    /// Takes a token back. What it let in is out with the next request.
    ///
    /// - On disk: `tokens.json` is replaced.
    /// - Throws: ``TokenError``.
    package func revokeToken(_ name: AppID, dryRun: Bool = false) throws -> OperatorToken {
        let root = try openRoot()
        try requireWritable(root)
        var file = TokenFile(tokens: try tokens(root))
        var revoked = try file.remove(name)
        guard !dryRun, let root else { return revoked }
        try root.changeRecord(TokenFile.name, in: nil, limit: TokenFile.limit) { bytes in
            file = try TokenFile(bytes)
            revoked = try file.remove(name)
            return file.json.line
        }
        return revoked
    }

    /// The operator's token that somebody shows; nil where it is none.
    package func operatorToken(_ shown: AccessToken) throws -> OperatorToken? {
        // All of them are compared, so that the time does not tell which one it is.
        let digest = shown.digest
        var found: OperatorToken?
        for token in try tokens() where token.digest.equalsInConstantTime(digest) { found = token }
        return found
    }

    func tokens(_ root: ManagedRoot?) throws -> [OperatorToken] {
        try TokenFile(root?.readRecord(TokenFile.name, limit: TokenFile.limit)).tokens
    }
}

/// `tokens.json`
private struct TokenFile {
    private(set) var tokens: [OperatorToken]

    static let name: DiskPath = "tokens.json"
    static let limit = 64 << 10
    /// What an operator's token begins with, so that one who finds it knows what it is.
    static let prefix = "apphost_"
    private static let mostTokens = 128

    init(tokens: [OperatorToken]) { self.tokens = tokens }

    init(_ bytes: [UInt8]?) throws(RecordError) {
        guard let bytes else {
            tokens = []
            return
        }
        var record = try JSONRecord(bytes, file: Self.name.description, limit: Self.limit, schema: 1)
        var tokens: [OperatorToken] = []
        for field in try record.required("tokens").array() {
            var object = try field.record()
            tokens.append(
                OperatorToken(
                    name: try object.required("name").parsed("a name", { AppID($0) }),
                    createdAt: try object.required("createdAt").parsed("a time", { Timestamp($0) }),
                    digest: try object.required("digest").parsed("a SHA-256", { ContentDigest(hex: $0) })))
            try object.finish()
        }
        try record.finish()
        self.tokens = tokens
    }

    var json: JSONValue {
        let members = tokens.map { token -> JSONValue in
            ["name": token.name, "createdAt": token.createdAt, "digest": token.digest]
        }
        return ["schema": 1, "tokens": members]
    }

    mutating func add(_ token: OperatorToken) throws(TokenError) {
        if tokens.contains(where: { $0.name == token.name }) { throw .alreadyMade(token.name) }
        if tokens.count >= Self.mostTokens { throw .tooMany(limit: Self.mostTokens) }
        tokens.append(token)
    }

    mutating func remove(_ name: AppID) throws(TokenError) -> OperatorToken {
        guard let index = tokens.firstIndex(where: { $0.name == name }) else { throw .notFound(name) }
        return tokens.remove(at: index)
    }
}
