import Glibc
import HostModel
import Logging

/// Writes each event of the log as one line to standard error: `key=value` words, or a JSON object.
package struct LogLines: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let form: Form
    private let now: @Sendable () -> Timestamp

    package enum Form: Sendable { case words, json }

    package init(
        _ form: Form, level: Logger.Level, now: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) {
        self.form = form
        self.now = now
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        Self.write(line(event))
    }

    /// The line of one event, with its line feed. What others wrote cannot look like two lines, or like another word.
    package func line(_ event: LogEvent) -> String {
        let added = (metadataProvider?.get() ?? [:]).merging(event.metadata ?? [:]) { _, new in new }
        let all = metadata.merging(added) { _, new in new }
        var words: [(key: String, value: String)] = [
            (key: "at", value: now().description), (key: "level", value: event.level.rawValue),
            (key: "message", value: "\(event.message)"),
        ]
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { words.append((key: key, value: "\(value)")) }
        switch form {
        case .words: return words.map { "\($0.key)=\(Self.word($0.value))" }.joined(separator: " ") + "\n"
        case .json:
            let object = JSONValue.object(words.map { JSONValue.Member($0.key, .string(printable($0.value))) })
            return object.text + "\n"
        }
    }

    /// In quotes where it is not one plain word.
    private static func word(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !special.contains($0) }
        return isPlain ? text : JSONValue.string(printable(text)).text
    }

    private static let special: [UInt8] = [UInt8(ascii: "\""), UInt8(ascii: "="), UInt8(ascii: "\\")]

    /// In one write, so that lines of several threads do not mix. Where it fails, nobody is left to be told.
    private static func write(_ line: String) {
        let bytes = Array(line.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
