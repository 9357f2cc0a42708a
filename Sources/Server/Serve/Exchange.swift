import HostModel

/// A request, whole, as it came over HTTP.
package struct ReceivedRequest: Sendable {
    /// As it was sent: `GET`.
    package let method: String
    package let target: RequestTarget
    /// In the order in which they were sent.
    private let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(
        method: String, target: RequestTarget, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.headers = headers.map { (name: $0.name.lowercased(), value: $0.value) }
        self.body = body
    }

    /// The first header of a name.
    ///
    /// - Parameter name: in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Whether a person reads the answer, in a browser.
    package var isRead: Bool { Self.isRead(accept: header("accept")) }

    /// - Parameter accept: the header of that name.
    static func isRead(accept: String?) -> Bool { accept?.lowercased().contains("text/html") == true }

    /// Whether it may change something.
    package var isChange: Bool { method != "GET" && method != "HEAD" }

    /// As the API takes it.
    package var apiRequest: APIRequest {
        APIRequest(
            method, target.path, query: target.query, contentType: header("content-type"),
            idempotencyKey: header("idempotency-key"), body: body)
    }
}

/// What is answered.
package struct HTTPAnswer: Sendable {
    package let status: Int
    /// All but the length, and what is about the connection.
    package private(set) var headers: [(name: String, value: String)]
    /// Nothing where only the head is wanted.
    package private(set) var body: [UInt8]
    /// What `Content-Length` says.
    package let length: Int

    package init(_ response: APIResponse) {
        status = response.status
        headers = response.headers.map { (name: $0.name, value: $0.value) }
        body = response.body
        length = response.length
    }

    package init(status: Int, _ value: JSONValue) {
        self.init(status: status, mediaType: "application/json", body: value.line)
    }

    package init(status: Int, mediaType: String, body: [UInt8]) {
        self.status = status
        headers = [
            (name: "Content-Type", value: mediaType), (name: "Cache-Control", value: "no-store"),
            (name: "X-Content-Type-Options", value: "nosniff"),
        ]
        self.body = body
        length = body.count
    }

    package func adding(_ name: String, _ value: String) -> HTTPAnswer {
        var answer = self
        answer.headers.append((name: name, value: value))
        return answer
    }

    /// The answer to `HEAD`.
    var withoutBody: HTTPAnswer {
        var answer = self
        answer.body = []
        return answer
    }
}

/// What comes in on a connection: one thing, which is answered before the next one comes.
enum Arrival: Sendable {
    case request(ReceivedRequest)
    /// With the method, where one was sent, and whether a person reads the answer. The connection is closed after it.
    case refused(HTTPRefusal, method: String, isRead: Bool)
}
