import Archives
import Glibc
import HostModel

/// All that a stream of entries yields, to be compared with what another one does.
package struct EntryTranscript: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let entry: ArchiveEntry
        package let content: [UInt8]

        package init(_ entry: ArchiveEntry, content: [UInt8] = []) {
            self.entry = entry
            self.content = content
        }

        package static func == (one: Entry, other: Entry) -> Bool {
            guard one.entry.mode == other.entry.mode, isSame(one.entry.name, other.entry.name) else { return false }
            guard isSame(one.content, other.content) else { return false }
            return switch (one.entry.kind, other.entry.kind) {
            case (.link(let target), .link(let otherTarget)): isSame(target, otherTarget)
            case (let kind, let otherKind): kind == otherKind
            }
        }

        /// As `==`, which takes a second for names of some MiB where nothing is optimised.
        private static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
            one.count == other.count && memcmp(one, other, one.count) == 0
        }
    }

    package private(set) var entries: [Entry] = []
    /// Code and message of what ended it; nil where it came to its end.
    package private(set) var failure: String?

    /// Reads a stream to its end.
    package init(_ open: () throws -> any EntryStream) {
        do {
            let stream = try open()
            while let entry = try stream.next() {
                var content: [UInt8] = []
                // What a failure leaves of an entry depends on how much was read at once.
                while try stream.withNextPiece({ content.append(contentsOf: $0) }) {}
                entries.append(Entry(entry, content: content))
            }
        } catch let error as any Failure {
            failure = error.description
        } catch {
            failure = "\(error)"
        }
    }
}
