import HostModel

/// How the last refresh of a catalog went: `catalogs/<name>/health.json`.
package struct CatalogHealth: Sendable, Equatable {
    /// When it was last verified as a whole; nil for never.
    package private(set) var refreshedAt: Timestamp?
    /// When the first of its roles expires, as it was verified then.
    package private(set) var expiresAt: Timestamp?
    /// The code of the last refresh; nil where that went well.
    package private(set) var errorCode: String?
    /// When the first of the refreshes that failed since was; nil where the last went well.
    package private(set) var failedSince: Timestamp?
    /// How many refreshes failed since it was added.
    package private(set) var failures: Int64 = 0

    /// Of a catalog that was never refreshed.
    package init() {}

    mutating func succeeded(at now: Timestamp, expires: Timestamp) {
        refreshedAt = now
        expiresAt = expires
        errorCode = nil
        failedSince = nil
    }

    mutating func failed(at now: Timestamp, code: FailureCode) {
        errorCode = code.rawValue
        failedSince = failedSince ?? now
        failures += 1
    }

    package static let limit = 16 << 10

    static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> CatalogHealth {
        var record = try JSONRecord(bytes, file: file, limit: limit, schema: 1)
        var health = CatalogHealth()
        health.refreshedAt = try record.optional("refreshedAt")?.parsed("a time", { Timestamp($0) })
        health.expiresAt = try record.optional("expiresAt")?.parsed("a time", { Timestamp($0) })
        health.errorCode = try record.optional("errorCode")?.string()
        health.failedSince = try record.optional("failedSince")?.parsed("a time", { Timestamp($0) })
        // Older versions did not count them.
        health.failures = try record.optional("failures")?.integer() ?? 0
        try record.finish()
        return health
    }
}

extension CatalogHealth: JSONRepresentable {
    package var json: JSONValue {
        [
            "schema": 1, "refreshedAt": refreshedAt, "expiresAt": expiresAt, "errorCode": errorCode,
            "failedSince": failedSince, "failures": failures,
        ]
    }
}
