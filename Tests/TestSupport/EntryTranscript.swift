import Archives
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
