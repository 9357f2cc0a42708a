import Bundles
import DiskIO
import HostModel
import Scheduling
import Storage
import Updates

/// `config.json`: what the owner of a host decides for all its apps.
package struct Settings: Sendable, Equatable {
    /// Whether `--accept unsigned` may take a bundle without signatures.
    package var allowUnsigned = true
    /// How many bundles are kept to roll back to, for each app.
    package var retention: Int64 = 1
    package var limits = AcceptancePolicy.Limits.standard
    /// What has to vouch for a bundle beside its signature.
    package var reviewMode = ReviewMode.advisory
    /// For how long a candidate is only looked at, where an app's policy says nothing else.
    package var cooldown = Span.zero
    /// Where candidates may come from, where an app's policy says nothing else.
    package var channels = ["stable"]
    /// The user that apps run as where the root is the superuser's, and an app has none of its own. Nil is nobody.
    package var runAs: String?
    /// Most bytes of an app's output that are kept.
    package var logBytes: Int64 = 10 << 20
    /// How often things are looked at by themselves.
    package var scheduler = ScheduleSettings()

    /// One setting by its name. The table of all of them.
    package struct Key: Sendable {
        package let name: String
        package let meaning: String
        package let read: @Sendable (Settings) -> JSONValue
        /// False where the value is none.
        let write: @Sendable (inout Settings, JSONValue) -> Bool

        /// As an operator writes it.
        package func text(_ settings: Settings) -> String {
            switch read(settings) {
            case .string(let text): text
            case .array(let values): values.map { Self.word($0) }.joined(separator: ",")
            case .null: ""
            case let value: value.text
            }
        }

        private static func word(_ value: JSONValue) -> String {
            if case .string(let text) = value { text } else { value.text }
        }
    }

    package static let keys: [Key] = [
        flag("allowUnsigned", "whether '--accept unsigned' may take a bundle without signatures", \.allowUnsigned),
        number("retention", "bundles kept to roll back to, for each app", in: 1...100, \.retention),
        number("limits.entries", "most entries of a bundle", in: 1...10_000_000, \.limits.entries),
        number("limits.expandedBytes", "most bytes of a bundle, unpacked", in: 1...Int64.max, \.limits.expandedBytes),
        number(
            "limits.keepFreeBytes", "bytes that stay free on the root's file system", in: 0...Int64.max,
            \.limits.keepFreeBytes),
        number("limits.logBytes", "most bytes of an app's log", in: (64 << 10)...(1 << 30), \.logBytes),
        Key(
            name: "reviewMode",
            meaning: "what a review counts: \(ReviewMode.allCases.map(\.rawValue).joined(separator: ", "))",
            read: { $0.reviewMode.rawValue.json },
            write: { settings, value in
                guard case .string(let text) = value, let mode = ReviewMode(rawValue: text) else { return false }
                settings.reviewMode = mode
                return true
            }),
        Key(
            name: "cooldown",
            meaning: "how long a candidate is only looked at: 90s, 15m, 12h, 7d, 2w; 0s means not at all",
            read: { $0.cooldown.json },
            write: { settings, value in
                guard case .string(let text) = value, let span = Span(text) else { return false }
                settings.cooldown = span
                return true
            }),
        Key(
            name: "channels", meaning: "where candidates may come from: a list such as stable,beta",
            read: { $0.channels.json },
            write: { settings, value in
                guard let channels = channelList(value) else { return false }
                settings.channels = channels
                return true
            }),
        Key(
            name: "runAs", meaning: "who apps run as where the root is the superuser's: the name of a user, or empty",
            read: { $0.runAs.json },
            write: { settings, value in
                guard case .string(let text) = value, text.isEmpty || RunAs.isName(text) else { return false }
                settings.runAs = text.isEmpty ? nil : text
                return true
            }),
        flag(
            "scheduler.enabled", "whether catalogs are refreshed and apps checked by themselves",
            \.scheduler.isEnabled),
        number(
            "scheduler.refreshSeconds", "seconds between two refreshes of a catalog",
            in: ScheduleSettings.Limits.intervals, \.scheduler.refreshSeconds),
        number(
            "scheduler.checkSeconds", "seconds between two checks of an app", in: ScheduleSettings.Limits.intervals,
            \.scheduler.checkSeconds),
        number(
            "scheduler.jitterSeconds", "most seconds that are added to these times by chance",
            in: ScheduleSettings.Limits.jitter, \.scheduler.jitterSeconds),
        number(
            "scheduler.backoffSeconds", "seconds after a failure, doubled with each that follows",
            in: ScheduleSettings.Limits.backoffs, \.scheduler.backoffSeconds),
        number(
            "scheduler.maxBackoffSeconds", "seconds at which that doubling ends",
            in: ScheduleSettings.Limits.backoffs, \.scheduler.maxBackoffSeconds),
    ]

    /// From a record, or as an operator writes them.
    private static func channelList(_ value: JSONValue) -> [String]? {
        switch value {
        case .string(let text): return ChannelList.parse(text)
        case .array(let values):
            let words = values.compactMap { value -> String? in
                if case .string(let text) = value { text } else { nil }
            }
            return words.count == values.count ? ChannelList.checked(words) : nil
        default: return nil
        }
    }

    private static func flag(
        _ name: String, _ meaning: String, _ path: any WritableKeyPath<Settings, Bool> & Sendable
    ) -> Key {
        Key(
            name: name, meaning: meaning, read: { $0[keyPath: path].json },
            write: { settings, value in
                guard case .bool(let flag) = value else { return false }
                settings[keyPath: path] = flag
                return true
            })
    }

    private static func number(
        _ name: String, _ meaning: String, in range: ClosedRange<Int64>,
        _ path: any WritableKeyPath<Settings, Int64> & Sendable
    ) -> Key {
        Key(
            name: name,
            meaning: range.upperBound == .max ? meaning : "\(meaning) (\(range.lowerBound) to \(range.upperBound))",
            read: { $0[keyPath: path].json },
            write: { settings, value in
                guard case .integer(let number) = value, range.contains(number) else { return false }
                settings[keyPath: path] = number
                return true
            })
    }

    static let file: DiskPath = "config.json"
    static let limit = 64 << 10

    static func read(_ bytes: [UInt8]) throws(RecordError) -> Settings {
        var record = try JSONRecord(bytes, file: file.description, limit: limit, schema: 1)
        var settings = Settings()
        for key in keys {
            guard let field = record.optional(key.name) else { continue }
            guard key.write(&settings, field.value) else { throw field.wrong("a value that this setting takes") }
        }
        try record.finish()
        return settings
    }

    /// Only what differs from the defaults is written, so that better defaults reach old hosts.
    var json: JSONValue {
        let standard = Settings()
        let changed = Self.keys.filter { $0.read(self).bytes != $0.read(standard).bytes }
        return .object([.init("schema", .integer(1))] + changed.map { .init($0.name, $0.read(self)) })
    }

    /// Sets one from its text, as the operator writes it.
    mutating func set(_ name: String, to text: String) throws(HostError) {
        guard let key = Self.keys.first(where: { $0.name == name }) else {
            throw .settingInvalid(name, problem: "does not exist in this version")
        }
        let value: JSONValue =
            switch text {
            case "true": .bool(true)
            case "false": .bool(false)
            default: Int64(text).map { .integer($0) } ?? .string(text)
            }
        guard key.write(&self, value) else {
            throw .settingInvalid(name, problem: "cannot be \(quoted(text)); it is \(key.meaning)")
        }
    }
}

extension AppHost {
    /// The settings in force.
    package func settings() throws -> Settings { try settings(openRoot()) }

    func settings(_ root: ManagedRoot?) throws -> Settings {
        guard let bytes = try root?.readRecord(Settings.file, limit: Settings.limit) else { return Settings() }
        return try Settings.read(bytes)
    }

    /// Changes settings, all or none.
    ///
    /// - On disk: `config.json` is replaced.
    /// - Throws: ``HostError/settingInvalid(_:problem:)``; ``RunAsFailure`` for a user that this host does not have.
    package func changeSettings(_ changes: [(key: String, value: String)], dryRun: Bool) throws -> Settings {
        try requireWritable(openRoot())
        var next = try settings()
        for change in changes { try next.set(change.key, to: change.value) }
        if changes.contains(where: { $0.key == "runAs" }), let name = next.runAs, SystemUser.named(name) == nil {
            throw RunAsFailure.unknown(name)
        }
        if dryRun { return next }
        let root = try openEngine().root
        try root.changeRecord(Settings.file, in: nil, limit: Settings.limit) { bytes in
            next = try bytes.map { try Settings.read($0) } ?? Settings()
            for change in changes { try next.set(change.key, to: change.value) }
            return next.json.line
        }
        return next
    }
}
