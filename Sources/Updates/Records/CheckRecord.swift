import Catalogs
import DiskIO
import HostModel
import Storage

/// `check.json` of one app: what its last check found, and since when its candidates are known.
package struct CheckRecord: Sendable, Equatable {
    package let checkedAt: Timestamp
    package let outcome: CheckOutcome
    package let sightings: Sightings

    package init(checkedAt: Timestamp, outcome: CheckOutcome, sightings: Sightings) {
        self.checkedAt = checkedAt
        self.outcome = outcome
        self.sightings = sightings
    }

    package init(_ result: CheckResult, at now: Timestamp) {
        self.init(checkedAt: now, outcome: CheckOutcome(result), sightings: result.sightings)
    }

    package static let limit = 64 << 10

    /// - Parameter file: the name that errors give.
    package static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> CheckRecord {
        var record = try JSONRecord(bytes, file: file, limit: limit, schema: 1)
        let checkedAt = try record.required("checkedAt").parsed("a time", { Timestamp($0) })
        let outcome = try CheckOutcome(from: &record)
        var sightings: [Sighting] = []
        for field in try record.required("sightings").array() {
            var object = try field.record()
            sightings.append(
                Sighting(
                    digest: try object.required("digest").parsed("a SHA-256", { ContentDigest(hex: $0) }),
                    firstSeen: try object.required("firstSeen").parsed("a time", { Timestamp($0) })))
            try object.finish()
        }
        try record.finish()
        return CheckRecord(checkedAt: checkedAt, outcome: outcome, sightings: Sightings(sightings))
    }
}

/// What a check came to. A history line is written where it differs from that of the check before.
package struct CheckOutcome: Sendable, Equatable {
    package let catalog: AppID?
    package let status: CheckStatus
    package let candidateVersion: BundleVersion?
    package let candidateDigest: ContentDigest?
    package let eligible: Eligibility
    /// The codes, in the order of the gates.
    package let blockedBy: [String]

    package init(_ result: CheckResult) {
        catalog = result.catalog
        status = result.status
        candidateVersion = result.candidate?.entry.version
        candidateDigest = result.candidate?.entry.digest
        eligible = result.eligible
        blockedBy = result.blockedBy.map(\.code.text)
    }

    fileprivate init(from record: inout JSONRecord) throws(RecordError) {
        catalog = try record.optional("catalog")?.parsed("the name of a catalog", { AppID($0) })
        let name = try record.required("status")
        let reason = try record.optional("reason")?.parsed("a reason", { UnknownReason(rawValue: $0) })
        status = try name.parsed("the status of a check", { CheckStatus(name: $0, reason: reason) })
        candidateVersion = try record.optional("candidateVersion")?.parsed("a version", { BundleVersion($0) })
        candidateDigest = try record.optional("candidateDigest")?.parsed("a SHA-256", { ContentDigest(hex: $0) })
        var flags = try record.required("eligible").record()
        eligible = Eligibility(stage: try flags.required("stage").bool(), apply: try flags.required("apply").bool())
        try flags.finish()
        blockedBy = try record.required("blockedBy").strings()
    }

    fileprivate var members: [JSONValue.Member] {
        [
            JSONValue.Member("catalog", catalog.json), JSONValue.Member("status", .string(status.name)),
            JSONValue.Member("reason", status.reason?.rawValue.json ?? .null),
            JSONValue.Member("candidateVersion", candidateVersion.json),
            JSONValue.Member("candidateDigest", candidateDigest.json), JSONValue.Member("eligible", eligible.json),
            JSONValue.Member("blockedBy", blockedBy.json),
        ]
    }
}

extension CheckRecord: JSONRepresentable {
    package var json: JSONValue {
        let seen = sightings.all.map { sighting -> JSONValue in
            ["digest": sighting.digest, "firstSeen": sighting.firstSeen]
        }
        let head = [JSONValue.Member("schema", .integer(1)), JSONValue.Member("checkedAt", checkedAt.json)]
        return .object(head + outcome.members + [JSONValue.Member("sightings", .array(seen))])
    }
}

// MARK: On disk

extension CheckRecord {
    /// - Returns: nil where the app was never checked.
    package static func read(of app: AppDirectory) throws(StorageError) -> CheckRecord? {
        let name = "apps/\(app.id)/\(AppFile.check)"
        let content: [UInt8]?
        do throws(FileSystemError) {
            guard let file = try app.directory.fileIfPresent(AppFile.check) else { return nil }
            content = try file.content(limit: limit)
        } catch {
            throw .disk(error)
        }
        do throws(RecordError) {
            guard let content else { throw RecordError(file: name, problem: "it is longer than \(limit) bytes") }
            return try read(content, file: name)
        } catch {
            throw .record(error)
        }
    }

    /// - On disk: `check.json` is replaced.
    /// - Precondition: the app's lock is held.
    package func write(to app: AppDirectory) throws(StorageError) {
        do throws(FileSystemError) {
            try DurableFile.replace(AppFile.check, in: app.directory, with: json.line)
        } catch {
            throw .disk(error)
        }
    }
}
