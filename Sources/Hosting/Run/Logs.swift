import HostModel
import Processes
import Storage

/// One line that an app wrote, or a sentence of its supervisor's.
package struct LogEntry: Sendable, JSONRepresentable {
    /// For people, in UTC: `2026-05-01 10:00:00  text`; `--` stands before a sentence of the supervisor's.
    package let shown: String
    package let json: JSONValue

    init(_ line: LogLine) {
        let moment = line.at.description
        let mark = line.stream == .app ? "-- " : ""
        shown = "\(moment.prefix(10)) \(moment.dropFirst(11).dropLast())  \(mark)\(line.shown)"
        json = ["at": line.at, "stream": line.stream.rawValue, "text": line.text]
    }
}

extension AppHost {
    /// The last lines of an app's log, the newest last; none where it was never started.
    ///
    /// - Parameter span: leaves out what is older.
    /// - Throws: `app_not_installed`; `permission_denied` for whoever does not own the root.
    package func logs(_ id: AppID, lines: Int, since span: Span? = nil) throws -> [LogEntry] {
        guard let place = try loggingPlace(of: id), let logs = place.logs else { return [] }
        return try LogReader(logs: logs).tail(lines: lines, since: moment(before: span)).map(LogEntry.init)
    }

    /// The last lines of an app's log, and then each new one, until the app neither runs nor is to be restarted.
    ///
    /// - Parameter span: leaves out of the last lines what is older.
    /// - Throws: as ``logs(_:lines:since:)``.
    package func followLogs(
        _ id: AppID, lines: Int, since span: Span? = nil, clock: any Clock<Duration> = ContinuousClock(),
        _ body: (LogEntry) -> Void
    ) async throws {
        guard let place = try loggingPlace(of: id), let logs = place.logs else { return }
        let isOver: @Sendable () throws -> Bool = {
            let life = try Life.of(place)
            return !life.isRunning && !life.isRestarting
        }
        try await LogReader(logs: logs).follow(
            lines: lines, since: moment(before: span), clock: clock, until: isOver
        ) { line in body(LogEntry(line)) }
    }

    /// - Returns: nil where the app was never started.
    private func loggingPlace(of id: AppID) throws -> AppPlace? {
        guard let root = try openRoot() else { throw StorageError.notInstalled(id) }
        let (app, _) = try requireInstalled(id, in: root)
        guard let logs = try logDirectory(of: id, in: root) else { return nil }
        return AppPlace(id: id, app: app.directory, logs: logs)
    }

    private func moment(before span: Span?) -> Timestamp? {
        span.map { Timestamp(seconds: now().seconds - $0.seconds) }
    }
}
