import HostModel

/// A request to the API, whatever it came over.
package struct APIRequest: Sendable {
    /// As it was sent: `GET`.
    package var method: String
    /// As it was sent, with its escapes and without the query: `/api/v1/apps`.
    package var path: String
    /// What followed the `?`, as it was sent; nil where there was none.
    package var query: String?
    /// The header `Content-Type`.
    package var contentType: String?
    /// The header `Idempotency-Key`.
    package var idempotencyKey: String?
    package var body: [UInt8]

    /// Most bytes that a body may have.
    package static let bodyLimit = 1 << 20

    package init(
        _ method: String, _ path: String, query: String? = nil, contentType: String? = nil,
        idempotencyKey: String? = nil, body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.contentType = contentType
        self.idempotencyKey = idempotencyKey
        self.body = body
    }
}

/// An answer of the API.
package struct APIResponse: Sendable {
    package struct Header: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package let status: Int
    /// All but the length. No value comes from a request or a bundle.
    package let headers: [Header]
    /// Nothing where only the head was asked for.
    package let body: [UInt8]
    /// What `Content-Length` says, also where only the head was asked for.
    package let length: Int

    init(status: Int, _ value: JSONValue, headers: [Header] = [], isHead: Bool = false) {
        self.init(status: status, value.line, headers: headers, isHead: isHead)
    }

    /// - Parameter bytes: JSON.
    init(status: Int, _ bytes: [UInt8], headers: [Header] = [], isHead: Bool = false) {
        self.status = status
        self.headers =
            [
                Header(name: "Content-Type", value: "application/json"),
                Header(name: "Cache-Control", value: "no-store"),
                Header(name: "X-Content-Type-Options", value: "nosniff"),
            ] + headers
        body = isHead ? [] : bytes
        length = bytes.count
    }
}
