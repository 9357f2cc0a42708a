import Glibc
import HostModel
import TestSupport

/// What the program is asked for.
struct CrowdRequest: Sendable {
    enum Verb: String, Sendable {
        case install, update, stage, apply, unstage, rollback, uninstall
        case list, info, verify

        var isLooking: Bool { self == .list || self == .info || self == .verify }
    }

    var verb: Verb
    /// Empty for `list`, which shows all.
    var app = ""
    /// Nil where the command names none.
    var version: String?
    /// Whether it waits for another update of the same app.
    var waits = false

    /// Something that changes an app.
    static func change(using random: inout SplitMix) -> CrowdRequest {
        var request = CrowdRequest(verb: changes.randomElement(using: &random) ?? .update)
        request.app = CrowdWorkshop.apps.randomElement(using: &random) ?? ""
        let version = CrowdWorkshop.versions.randomElement(using: &random)
        let waits = Bool.random(using: &random)
        if request.fillsStaging {
            request.version = version
            request.waits = waits
        }
        return request
    }

    /// Something that looks.
    static func look(using random: inout SplitMix) -> CrowdRequest {
        let verbs: [Verb] = [.list, .info, .verify]
        var request = CrowdRequest(verb: verbs.randomElement(using: &random) ?? .list)
        let app = CrowdWorkshop.apps.randomElement(using: &random) ?? ""
        if request.verb != .list { request.app = app }
        return request
    }

    private static let changes: [Verb] = [
        .install, .install, .install, .update, .update, .update, .update, .update, .stage, .stage, .stage, .apply,
        .apply, .apply, .rollback, .rollback, .rollback, .unstage, .uninstall,
    ]

    private var fillsStaging: Bool { verb == .install || verb == .update || verb == .stage }

    func arguments(_ workshop: CrowdWorkshop) -> [String] {
        let archive = version.map { workshop.archive(app, $0) } ?? ""
        var words: [String]
        switch verb {
        case .install: words = ["install", archive, "--accept", "known-bad"]
        case .update: words = ["update", app, "--from", archive, "--accept", "known-bad,downgrade"]
        case .stage: words = ["update", app, "--from", archive, "--stage", "--accept", "known-bad,downgrade"]
        case .apply: words = ["apply", app, "--accept", "known-bad,downgrade"]
        case .unstage, .rollback, .uninstall, .info, .verify: words = [verb.rawValue, app]
        case .list: words = ["list"]
        }
        if waits { words.append("--wait") }
        return words + ["--json"]
    }

    /// What it may be refused as, where no bundle, key or disk has anything wrong with it and all is consented to.
    var refusals: Set<FailureCode> {
        var codes: Set<FailureCode>
        switch verb {
        case .install: codes = [.appAlreadyInstalled, .updateCandidateChanged]
        case .update, .stage: codes = [.appNotInstalled, .updateCandidateChanged]
        case .apply: codes = [.appNotInstalled, .updateNotStaged, .updateCandidateChanged]
        case .rollback: codes = [.appNotInstalled, .rollbackNotAvailable, .updateCandidateChanged]
        case .unstage, .uninstall, .info, .verify: codes = [.appNotInstalled]
        case .list: codes = []
        }
        if fillsStaging && !waits { codes.insert(.busy) }
        return codes
    }
}

extension CrowdRequest: CustomStringConvertible {
    var description: String {
        [verb.rawValue, app, version ?? "", waits ? "--wait" : ""].filter { !$0.isEmpty }.joined(separator: " ")
    }
}

/// What was asked for, and how it ended.
struct CrowdCommand: Sendable {
    let request: CrowdRequest
    let end: CrowdProcess.End
    let answer: CrowdAnswer

    init(_ request: CrowdRequest, _ end: CrowdProcess.End) {
        self.request = request
        self.end = end
        answer = CrowdAnswer(request, end)
    }
}

/// What the program said.
enum CrowdAnswer: Sendable {
    case done(from: String?, to: String?)
    case unchanged
    case refused(FailureCode)
    case shown([CrowdSight])
    /// SIGKILL ended it, so it said nothing that counts.
    case killed
    /// What no command may say.
    case wrong(String)
}

/// What a looking command saw of one app.
struct CrowdSight: Sendable {
    let app: String
    /// Nil where the app is not installed.
    let installed: String?
    /// Nil where the command saw none, or does not look.
    var staged: String?
    var rollback: String?
}

extension CrowdAnswer {
    init(_ request: CrowdRequest, _ end: CrowdProcess.End) {
        if end.status == -SIGKILL {
            self = .killed
        } else if end.status != 0 {
            self = Self.refusal(request, end)
        } else if request.verb.isLooking {
            self = Self.sight(request, LooseJSON(text: end.output))
        } else {
            self = Self.change(request, LooseJSON(text: end.output)["results"].elements.first)
        }
    }

    private static func refusal(_ request: CrowdRequest, _ end: CrowdProcess.End) -> CrowdAnswer {
        let line = end.errors.split(separator: "\n").last(where: { $0.hasPrefix("{") })
        let word = LooseJSON(text: String(line ?? ""))["error"]["code"].string
        guard let code = word.flatMap({ FailureCode(rawValue: $0) }), code.exitStatus == end.status else {
            return .wrong("it ended with \(end.status): \(end.output)\(end.errors)")
        }
        guard request.refusals.contains(code) else { return .wrong("it was refused as \(end.errors)") }
        return .refused(code)
    }

    private static func change(_ request: CrowdRequest, _ result: LooseJSON?) -> CrowdAnswer {
        guard let result, result["app"].string == request.app, result["action"].string == request.verb.rawValue else {
            return .wrong("it did '\(result?["action"].string ?? "nothing")'")
        }
        switch result["result"].string {
        case "done": return .done(from: result["from"].string, to: result["to"].string)
        case "unchanged": return .unchanged
        default: return .wrong("its result is '\(result["result"].string ?? "none")'")
        }
    }

    private static func sight(_ request: CrowdRequest, _ json: LooseJSON) -> CrowdAnswer {
        guard json.isThere else { return .wrong("it wrote no JSON") }
        switch request.verb {
        case .list:
            let apps = json["apps"].elements
            return .shown(
                CrowdWorkshop.apps.map { app in sight(app, apps.first(where: { $0["id"].string == app })) })
        case .verify:
            guard json["sound"].isTrue else { return .wrong("it found something damaged") }
            let version = json["results"].elements.first?["version"].string
            return .shown([CrowdSight(app: request.app, installed: version)])
        default: return .shown([sight(request.app, json)])
        }
    }

    private static func sight(_ app: String, _ json: LooseJSON?) -> CrowdSight {
        CrowdSight(
            app: app, installed: json?["version"].string, staged: json?["staged"]["version"].string,
            rollback: json?["rollback"]["version"].string)
    }
}
