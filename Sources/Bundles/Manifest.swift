import HostModel

/// `apphost/manifest.json`: what an app is and what it needs.
package struct Manifest: Sendable, Equatable {
    package let id: AppID
    package let name: String
    package let version: BundleVersion
    package let summary: String?
    package let homepage: String?
    package let license: String?
    /// Nil for a bundle of files that is never started.
    package let launch: Launch?
    package let environment: [Variable]
    package let transport: Transport?
    package let permissions: [String]
    package let permissionProfile: String?
    package let permissionRationale: [String: String]
    package let health: [Probe]
    package let dataSchema: Int64?
    package let quota: Quota?
    package let sandbox: Sandbox?
    package let requires: Requirements

    package static let path = "apphost/manifest.json"
    package static let limit = 256 << 10
    package static let schema: Int64 = 1

    package enum Transport: String, Sendable, CaseIterable {
        case none, stdio, http, sse
        case streamableHTTP = "streamable-http"
    }

    package struct Launch: Sendable, Equatable {
        /// The first word is the path of a listed, executable file.
        package let command: [String]
        package let program: RelativePath
        package let stopSignal: String
        package let stopTimeoutSeconds: Int64
        package let restart: Restart
    }

    package struct Restart: Sendable, Equatable {
        package enum Policy: String, Sendable, CaseIterable {
            case never, always
            case onFailure = "on-failure"
        }
        package let policy: Policy
        package let maxAttempts: Int64
        package let backoffSeconds: Int64
    }

    package struct Variable: Sendable, Equatable {
        package let name: String
        package let description: String?
        package let required: Bool
        package let secret: Bool
        package let defaultValue: String?
    }

    package struct Probe: Sendable, Equatable {
        package let check: Check
        package let withinSeconds: Int64
        package let intervalSeconds: Int64
        package let timeoutSeconds: Int64
        package let successes: Int64

        package enum Check: Sendable, Equatable {
            case process(settleSeconds: Int64)
            case tcp(host: String, port: Int64)
            case http(url: String, status: Int64?, bodyContains: String?)
            /// The first word is the path of a listed, executable file.
            case exec(command: [String], program: RelativePath)
        }
    }

    package struct Quota: Sendable, Equatable {
        package let dataBytes: Int64
        package let cacheBytes: Int64
    }

    package struct Sandbox: Sendable, Equatable {
        package let mode: String
        package let required: Bool
    }

    package struct Requirements: Sendable, Equatable {
        package let apphost: BundleVersion?
        package let arch: [String]?
    }
}

extension Manifest {
    /// What AppHost may execute, by the keys that say so.
    var programs: [(key: String, path: RelativePath)] {
        var programs: [(key: String, path: RelativePath)] = []
        if let launch { programs.append((key: "launch.command", path: launch.program)) }
        for (index, probe) in health.enumerated() {
            if case .exec(_, let program) = probe.check {
                programs.append((key: "health[\(index)].command", path: program))
            }
        }
        return programs
    }

    /// - Throws: ``RecordError`` that names the key that cannot be used.
    package static func read(_ bytes: [UInt8]) throws(RecordError) -> Manifest {
        var record = try JSONRecord(bytes, file: path, limit: limit, schema: schema)
        let manifest = Manifest(
            id: try record.required("id").parsed("an app id", AppID.init),
            name: try record.required("name").text(),
            version: try record.required("version").parsed("a version", BundleVersion.init),
            summary: try record.optional("summary")?.text(),
            homepage: try record.optional("homepage")?.text(),
            license: try record.optional("license")?.text(),
            launch: try record.optional("launch").read { field throws(RecordError) in try Launch(field) },
            environment: try variables(record.optional("environment")),
            transport: try record.optional("transport")?.parsed(
                "a transport (none, stdio, http, sse, streamable-http)", Transport.init(rawValue:)),
            permissions: try permissions(record.optional("permissions")),
            permissionProfile: try record.optional("permissionProfile")?.parsed("a profile", AppID.init).text,
            permissionRationale: try rationale(record.optional("permissionRationale")),
            health: try probes(record.optional("health")),
            dataSchema: try dataSchema(record.optional("data")),
            quota: try record.optional("quota").read { field throws(RecordError) in try Quota(field) },
            sandbox: try record.optional("sandbox").read { field throws(RecordError) in try Sandbox(field) },
            requires: try Requirements(record.optional("requires")))
        try record.finish()
        let undeclared = manifest.permissionRationale.keys.sorted().first { !manifest.permissions.contains($0) }
        if let undeclared {
            throw record.error("'permissionRationale' explains \(quoted(undeclared)), which is not among 'permissions'")
        }
        return manifest
    }

    private static func variables(_ field: JSONField?) throws(RecordError) -> [Variable] {
        var variables: [Variable] = []
        for element in try field?.array() ?? [] {
            let variable = try Variable(element)
            guard !variables.contains(where: { $0.name == variable.name }) else {
                throw element.wrong("the only variable named \(quoted(variable.name))")
            }
            variables.append(variable)
        }
        return variables
    }

    private static func permissions(_ field: JSONField?) throws(RecordError) -> [String] {
        var permissions: [String] = []
        for element in try field?.array() ?? [] {
            let permission = try element.parsed("a permission", AppID.init).text
            guard !permissions.contains(permission) else { throw element.wrong("listed once") }
            permissions.append(permission)
        }
        return permissions
    }

    private static func rationale(_ field: JSONField?) throws(RecordError) -> [String: String] {
        var rationale: [String: String] = [:]
        for (key, value) in try field?.record().rest() ?? [] { rationale[key] = try value.text() }
        return rationale
    }

    private static func probes(_ field: JSONField?) throws(RecordError) -> [Probe] {
        var probes: [Probe] = []
        for element in try field?.array() ?? [] { probes.append(try Probe(element)) }
        return probes
    }

    private static func dataSchema(_ field: JSONField?) throws(RecordError) -> Int64? {
        guard var record = try field?.record() else { return nil }
        let schema = try record.required("schema").integer()
        try record.finish()
        return schema
    }
}

extension Manifest.Launch {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        let words = try record.required("command")
        command = try words.strings()
        guard let first = command.first, let program = RelativePath(first), !program.isReserved else {
            throw words.wrong("a command that begins with the path of one of the bundle's files")
        }
        self.program = program
        stopSignal =
            try record.optional("stopSignal")?.parsed("a signal such as SIGTERM") { name in
                ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGKILL"].first { $0 == name }
            } ?? "SIGTERM"
        stopTimeoutSeconds = try record.optional("stopTimeoutSeconds")?.integer(in: 0...3600) ?? 10
        restart = try Manifest.Restart(record.optional("restart"))
        try record.finish()
    }
}

extension Manifest.Restart {
    fileprivate init(_ field: JSONField?) throws(RecordError) {
        var record = try field?.record()
        self.init(
            policy: try record?.optional("policy")?.parsed(
                "a policy (never, on-failure, always)", Policy.init(rawValue:)) ?? .onFailure,
            maxAttempts: try record?.optional("maxAttempts")?.integer(in: 0...1000) ?? 3,
            backoffSeconds: try record?.optional("backoffSeconds")?.integer(in: 0...3600) ?? 2)
        try record?.finish()
    }
}

extension Manifest.Variable {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        name = try record.required("name").parsed("the name of an environment variable", { VariableName($0)?.text })
        description = try record.optional("description")?.text()
        required = try record.optional("required")?.bool() ?? false
        secret = try record.optional("secret")?.bool() ?? false
        defaultValue = try record.optional("default")?.string()
        try record.finish()
    }
}

extension Manifest.Probe {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        let kind = try record.required("kind")
        switch try kind.string() {
        case "process":
            check = .process(settleSeconds: try record.optional("settleSeconds")?.integer(in: 0...3600) ?? 5)
        case "tcp":
            check = .tcp(
                host: try record.required("host").parsed("a loopback address", Self.loopback),
                port: try record.required("port").integer(in: 1...65535))
        case "http":
            check = .http(
                url: try record.required("url").parsed("an http address on loopback", Self.loopbackURL),
                status: try record.optional("status")?.integer(in: 100...599),
                bodyContains: try record.optional("bodyContains")?.string())
        case "exec":
            let words = try record.required("command")
            let command = try words.strings()
            guard let first = command.first, let program = RelativePath(first), !program.isReserved else {
                throw words.wrong("a command that begins with the path of one of the bundle's files")
            }
            check = .exec(command: command, program: program)
        default: throw kind.wrong("a kind of probe (process, tcp, http, exec)")
        }
        withinSeconds = try record.optional("withinSeconds")?.integer(in: 1...3600) ?? 30
        intervalSeconds = try record.optional("intervalSeconds")?.integer(in: 1...3600) ?? 1
        timeoutSeconds = try record.optional("timeoutSeconds")?.integer(in: 1...3600) ?? 5
        successes = try record.optional("successes")?.integer(in: 1...1000) ?? 1
        try record.finish()
    }

    private static func loopback(_ host: String) -> String? {
        ["127.0.0.1", "::1", "localhost"].first { $0 == host }
    }

    private static func loopbackURL(_ url: String) -> String? {
        guard url.hasPrefix("http://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let authority = url.dropFirst(7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            guard Self.isPort(authority[authority.index(after: end)...]) else { return nil }
        } else {
            host = authority.prefix { $0 != ":" }
            guard Self.isPort(authority[host.endIndex...]) else { return nil }
        }
        return loopback(String(host)).map { _ in url }
    }

    /// Empty, or `:` and a port.
    private static func isPort(_ text: Substring) -> Bool {
        guard !text.isEmpty else { return true }
        let digits = text.dropFirst()
        return text.first == ":" && digits.utf8.count <= 5 && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && (1...65535).contains(Int(digits) ?? 0)
    }
}

extension Manifest.Quota {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        dataBytes = try record.optional("dataBytes")?.integer() ?? 0
        cacheBytes = try record.optional("cacheBytes")?.integer() ?? 0
        try record.finish()
    }
}

extension Manifest.Sandbox {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        mode = try record.required("mode").parsed("a mode", AppID.init).text
        required = try record.optional("required")?.bool() ?? false
        try record.finish()
    }
}

extension Manifest.Requirements {
    fileprivate init(_ field: JSONField?) throws(RecordError) {
        var record = try field?.record()
        self.init(
            apphost: try record?.optional("apphost")?.parsed("a comparable version") { text in
                BundleVersion(text).flatMap { $0.isComparable ? $0 : nil }
            },
            arch: try record?.optional("arch")?.strings())
        try record?.finish()
    }
}

extension JSONField {
    /// A string for people: not empty, at most 4096 bytes.
    fileprivate func text() throws(RecordError) -> String {
        let text = try string()
        guard (1...4096).contains(text.utf8.count) else { throw wrong("a text of 1 to 4096 bytes") }
        return text
    }
}

extension Optional {
    /// `map` that keeps the type of what is thrown.
    fileprivate func read<Value>(_ body: (Wrapped) throws(RecordError) -> Value) throws(RecordError) -> Value? {
        guard let self else { return nil }
        return try body(self)
    }
}
