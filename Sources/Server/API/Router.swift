import HostModel

/// Which route a method and a path mean. Pure.
package struct Router: Sendable {
    private let routes: [Route]
    /// Those whose path has no value in it, by that path: most requests are for one of them.
    private let fixed: [String: [Route]]

    package init(_ routes: [Route]) {
        self.routes = routes
        fixed = Dictionary(grouping: routes.filter { $0.path.isEmpty }) { $0.template.description }
    }

    package struct Match: Sendable {
        package let route: Route
        /// Whether only the head of the answer is wanted.
        package let isHead: Bool
        /// The decoded texts of the path, by the names of the template. What they may be was not looked at.
        package let values: [String: String]

        /// The app that the path names; nil where it names none.
        package var app: AppID? { values["id"].flatMap { AppID($0) } }
    }

    /// - Parameter path: as it was sent, with its escapes.
    /// - Throws: ``APIError/noSuchRoute``; ``APIError/methodNotAllowed(_:)``; 400 for an escape that means nothing.
    package func match(_ method: String, _ path: String) throws(APIError) -> Match {
        let isHead = method == "HEAD"
        let wanted = isHead ? "GET" : method
        if let route = fixed[path]?.first(where: { $0.method.rawValue == wanted }) {
            return Match(route: route, isHead: isHead, values: [:])
        }
        let texts = try Self.segments(of: path)
        let found = routes.compactMap { route in
            Self.values(of: route.template, in: texts).map { (route: route, values: $0) }
        }
        guard !found.isEmpty else { throw .noSuchRoute }
        // A word goes before a name in braces.
        let candidates = found.filter { $0.route.method.rawValue == wanted }
        guard let best = candidates.min(by: { $0.values.count < $1.values.count }) else {
            throw .methodNotAllowed(Self.allowed(found.map(\.route.method)))
        }
        return Match(route: best.route, isHead: isHead, values: best.values)
    }

    /// The texts between slashes, decoded. What an escape hides is never a separator.
    private static func segments(of path: String) throws(APIError) -> [(raw: String, decoded: String)] {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= 2048 else { throw .noSuchRoute }
        var segments: [(raw: String, decoded: String)] = []
        for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let decoded = PercentEscapes.decoded(part) else {
                throw .invalid("the path has an escape that means nothing")
            }
            segments.append((raw: String(part), decoded: decoded))
        }
        return segments
    }

    /// - Returns: nil where the template is another path's.
    private static func values(
        of template: PathTemplate, in texts: [(raw: String, decoded: String)]
    ) -> [String: String]? {
        guard template.segments.count == texts.count else { return nil }
        var values: [String: String] = [:]
        for (segment, text) in zip(template.segments, texts) {
            switch segment {
            // A word has one spelling.
            case .word(let word): if word != text.raw { return nil }
            case .value(let name):
                if text.decoded.isEmpty { return nil }
                values[name] = text.decoded
            }
        }
        return values
    }

    private static func allowed(_ methods: [Route.Method]) -> [String] {
        var names = Route.Method.allCases.filter(methods.contains).map(\.rawValue)
        if names.contains("GET") { names.insert("HEAD", at: 1) }
        return names
    }
}
