import HostModel
import Hosting

/// One thing that can be asked: what a request may have, who may ask, what comes back, and what does it.
///
/// Requests are matched and read by it, and the OpenAPI document is made from it, so the two cannot differ.
package struct Route: Sendable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package let method: Method
    package let template: PathTemplate
    /// Also the kind of the operation that it begins.
    package let operationID: String
    package let summary: String
    package let requirement: Requirement
    /// Those in the path, in its order.
    package let path: [Parameter]
    package let query: [Parameter]
    package let body: [Parameter]
    package let answer: Answer
    /// What it may fail with at once. An operation fails by itself, and is answered all the same.
    package let failures: [FailureCode]
    let work: Handler

    /// What comes back.
    package enum Answer: Sendable, Equatable {
        /// A schema's name, at once.
        case value(String)
        /// As ``value(_:)``, with sentences about what went wrong and stopped nothing.
        case valueWithWarnings(String)
        /// An operation, whose result has the schema of this name.
        case operation(String)
        /// An operation that is there already; where its end is awaited, its result has any schema.
        case anyOperation
        /// The OpenAPI document.
        case document
    }

    enum Handler: Sendable {
        case now(@Sendable (RouteInput) async throws -> JSONValue)
        case later(@Sendable (RouteInput) throws -> Work)
    }

    /// Answers at once.
    init(
        _ method: Method, _ template: PathTemplate, _ operationID: String, _ summary: String,
        for requirement: Requirement, query: [Parameter] = [], body: [Parameter] = [], answer: Answer,
        failures: [FailureCode], _ work: @escaping @Sendable (RouteInput) async throws -> JSONValue
    ) {
        self.init(method, template, operationID, summary, requirement, query, body, answer, failures, .now(work))
    }

    /// Begins an operation.
    init(
        operation operationID: String, _ method: Method, _ template: PathTemplate, _ summary: String,
        for requirement: Requirement, query: [Parameter] = [], body: [Parameter] = [], result: String,
        _ work: @escaping @Sendable (RouteInput) throws -> Work
    ) {
        self.init(
            method, template, operationID, summary, requirement, query + [.waitSeconds], body, .operation(result), [],
            .later(work))
    }

    private init(
        _ method: Method, _ template: PathTemplate, _ operationID: String, _ summary: String,
        _ requirement: Requirement, _ query: [Parameter], _ body: [Parameter], _ answer: Answer,
        _ failures: [FailureCode], _ work: Handler
    ) {
        self.method = method
        self.template = template
        self.operationID = operationID
        self.summary = summary
        self.requirement = requirement
        path = template.parameters
        self.query = query
        self.body = body
        self.answer = answer
        self.failures = failures
        self.work = work
    }

    /// Every status that it may be answered with, in order.
    package var statuses: [Int] {
        var all: Set<Int> = [200, 400, 405, 500, 503]
        all.formUnion(failures.map(\.httpStatus))
        if requirement != .anybody { all.formUnion([401, 403]) }
        // A method that takes none is refused one as well.
        all.formUnion([413, 415])
        // What a path names may be no name at all.
        if !path.isEmpty { all.insert(404) }
        switch answer {
        case .operation: all.formUnion([202, 409])
        case .anyOperation: all.insert(404)
        case .value, .valueWithWarnings, .document: break
        }
        return all.sorted()
    }

    /// Whether many who ask at once may be answered by one reading: what waits for something is asked by each alone.
    var isShared: Bool { method == .get && !query.contains { $0.name == Parameter.waitSeconds.name } }

    var isOperation: Bool { if case .operation = answer { true } else { false } }

    /// Whether sentences about what went wrong and stopped nothing stand in the answer.
    var warns: Bool { if case .valueWithWarnings = answer { true } else { false } }
}

/// The path of a route, with names in braces: `/api/v1/apps/{id}`.
package struct PathTemplate: Sendable, Equatable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let description: String
    let segments: [Segment]

    enum Segment: Sendable, Equatable {
        case word(String)
        case value(String)
    }

    /// Before each of them.
    package static let base = "/api/v1"

    /// - Parameter text: without ``base``.
    package init(stringLiteral text: String) {
        description = Self.base + text
        segments = description.split(separator: "/").map { part in
            part.hasPrefix("{") ? .value(String(part.dropFirst().dropLast())) : .word(String(part))
        }
    }

    /// - Precondition: every name is one of ``Parameter/ofPaths``.
    var parameters: [Parameter] {
        segments.compactMap { segment in
            guard case .value(let name) = segment else { return nil }
            guard let parameter = Parameter.ofPaths.first(where: { $0.name == name }) else {
                preconditionFailure("no parameter of a path is called \(name)")
            }
            return parameter
        }
    }
}

extension Parameter {
    /// Those that stand in paths.
    static let ofPaths: [Parameter] = [
        Parameter("id", .text(.appID), "the app's id", isRequired: true),
        Parameter("catalog", .text(.catalog), "what the catalog is called on this host", isRequired: true),
        Parameter("name", .text(.variable), "the name of the variable", isRequired: true),
        Parameter("key", .text(.key), "the key", isRequired: true),
        Parameter("operation", .text(.operation), "the operation's id", isRequired: true),
    ]

    static let waitSeconds = Parameter(
        "wait", .number(0...60), "how many seconds to wait for the end of the operation; 0 where it is not given")
    static let dryRun = Parameter("dryRun", .flag, "give the real answer, and change no file")
    static let offline = Parameter("offline", .flag, "fetch nothing, make do with what was fetched before")
    static let version = Parameter("version", .text(.version), "this version; the newest where it is not given")
    static let fromCatalog = Parameter("catalog", .text(.catalog), "the catalog to take it from")
    static let source = Parameter(
        "source", .text(.path), "take the archive or directory of this path on the host instead",
        isOperatorOnly: true)
    static let expect = Parameter("expect", .text(.digest), "refuse any bundle but the one with this digest")
    static let accept = Parameter(
        "accept", .list(.word(Consent.allCases.map(\.rawValue)), 1...Consent.allCases.count), "what is consented to",
        isOperatorOnly: true)
    static let environment = Parameter(
        "environment", .pairs(names: .variable, values: .free(0...(32 << 10)), upTo: 256),
        "values of variables, stored once it is installed", isOperatorOnly: true)
    static let restarting: [Parameter] = [
        Parameter(
            "restart", .flag,
            "stop the app where it runs, start it again, and bring the old version back where it fails"),
        Parameter(
            "health", .text(.word(HealthMode.allCases.map(\.rawValue))),
            "what it has to show then; only with 'restart'"),
        Parameter(
            "rollbackOnFailure", .flag,
            "false leaves a version that fails; true where it is not given; only with 'restart'"),
    ]
}

extension Route {
    /// What reading may fail with, whatever is read.
    static let reading: [FailureCode] = [
        .permissionDenied, .rootWrongOwner, .recordUnreadable, .needsNewerApphost, .settingInvalid, .diskError,
        .internalError, .rootNotOurs, .rootNewer, .rootFileSystemUnsupported,
    ]

    /// What reading something of an installed app may fail with.
    static let readingApp: [FailureCode] =
        reading + [.appNotInstalled, .bundleManifestInvalid, .bundleInventoryInvalid]

    /// What a change that is over at once may fail with, whatever is changed.
    static let changing: [FailureCode] =
        reading + [.usage, .busy, .diskFull, .cannotCreate, .swapUnsettled, .applyAfterSwap]

    /// What a change of an app's record may fail with. What a killed command left is put in order first, and that may
    /// fail with anything that a start fails with.
    static let changingApp: [FailureCode] =
        changing + readingApp + [
            .appUnconfirmed, .appRunning, .appStartFailed, .appStopFailed, .appEnvironmentMissing, .appUserMissing,
            .appUserUnknown, .appNotLaunchable, .bundleDamaged, .updateCandidateChanged, .healthCheckFailed,
            .healthCheckFailedRollbackFailed,
        ]
}
