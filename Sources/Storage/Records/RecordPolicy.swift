import HostModel

extension AppRecord {
    /// What AppHost may do with an app by itself when there is something newer.
    package struct Policy: Sendable, Equatable {
        package enum Mode: String, Sendable, CaseIterable {
            /// Detects and shows.
            case manual
            /// Stages what is eligible, for later review.
            case stage
            /// Applies what is eligible while the app is stopped, and never stops it for that.
            case applyWhenStopped = "apply_when_stopped"
        }

        /// What keeps an app as it is.
        package enum Hold: Sendable, Equatable {
            /// Not at that moment any more.
            case until(Timestamp)
            /// Until somebody ends it.
            case forever

            package func isHeld(at now: Timestamp) -> Bool {
                switch self {
                case .until(let end): now < end
                case .forever: true
                }
            }
        }

        package var mode = Mode.manual
        /// In the grammar of an app id. Nil where those of the host hold.
        package var channels: [String]?
        /// For how long a candidate is only looked at. Nil where that of the host holds.
        package var cooldown: Span?
        /// Nil where there was none, or somebody ended it; it may be over.
        package var hold: Hold?

        package init() {}

        /// The hold that counts at a moment; nil where none does, or none does any more.
        package func activeHold(at now: Timestamp) -> Hold? {
            hold?.isHeld(at: now) == true ? hold : nil
        }
    }
}

extension AppRecord.Policy {
    init(_ field: JSONField) throws(RecordError) {
        self.init()
        var record = try field.record()
        mode = try record.required("mode").parsed("a mode", { Mode(rawValue: $0) })
        if let field = record.optional("channels") {
            var channels: [String] = []
            for element in try field.array() { channels.append(try element.parsed("a channel", { AppID($0) }).text) }
            self.channels = channels
        }
        if let field = record.optional("cooldownSeconds") {
            cooldown = Span(seconds: try field.integer(in: 0...Span.longest))
        }
        if let field = record.optional("hold") {
            var object = try field.record()
            let end = try object.optional("until")?.parsed("a time", { Timestamp($0) })
            hold = end.map { Hold.until($0) } ?? .forever
            try object.finish()
        }
        try record.finish()
    }

    var json: JSONValue {
        ["mode": mode.rawValue, "channels": channels, "cooldownSeconds": cooldown?.seconds, "hold": hold]
    }
}

extension AppRecord.Policy.Hold: JSONRepresentable {
    package var json: JSONValue {
        switch self {
        case .until(let end): ["until": end]
        case .forever: ["until": JSONValue.null]
        }
    }
}
