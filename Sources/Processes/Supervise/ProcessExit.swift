import HostModel

/// How and when a process ended.
package struct ProcessExit: Sendable, Equatable {
    package enum How: Sendable, Equatable {
        case exited(status: Int32)
        case signalled(Int32)
    }

    package var how: How
    package var at: Timestamp

    package init(how: How, at: Timestamp) {
        self.how = how
        self.at = at
    }

    /// - Parameter waitStatus: as wait(2) gives it: the low seven bits name the signal that ended it, 0 where it
    ///   exited.
    package init(waitStatus: Int32, at: Timestamp) {
        let signal = waitStatus & 0x7F
        self.init(how: signal == 0 ? .exited(status: (waitStatus >> 8) & 0xFF) : .signalled(signal), at: at)
    }

    /// What follows the name of a process: `exited with status 3`, `was killed by SIGSEGV`.
    package var sentence: String {
        switch how {
        case .exited(let status): "exited with status \(status)"
        case .signalled(let number): "was killed by \(SignalName.name(number))"
        }
    }

    package var isFailure: Bool { how != .exited(status: 0) }
}

extension ProcessExit: JSONRepresentable {
    package var json: JSONValue {
        switch how {
        case .exited(let status): ["status": Int64(status), "signal": JSONValue.null, "at": at]
        case .signalled(let number): ["status": JSONValue.null, "signal": Int64(number), "at": at]
        }
    }

    init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        let status = try record.optional("status")?.integer(in: 0...255)
        let signal = try record.optional("signal")?.integer(in: 1...127)
        at = try record.required("at").parsed("a time", Timestamp.init)
        try record.finish()
        switch (status, signal) {
        case (let status?, nil): how = .exited(status: Int32(status))
        case (nil, let signal?): how = .signalled(Int32(signal))
        default: throw field.wrong("the end of a process")
        }
    }
}
