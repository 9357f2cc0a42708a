import Archives
import DiskIO
import TestSupport

/// What the process that reads an archive says of it. It may be the archive's maker's by then.
enum WireTarget {
    /// It is the same however it is cut on its way; what came to its end arrives as the same when it is sent again.
    static func run(_ input: [UInt8]) throws -> Bool {
        let whole = transcript(of: input, step: .max)
        try require(transcript(of: input, step: 3) == whole, "where it is cut makes no difference")
        if let failure = whole.failure {
            try require(isPlain(failure), "a refusal has no control characters")
            return false
        }
        var sent: [UInt8] = []
        try EntryWriter { sent.append(contentsOf: $0) }.send(sourceNumber: { _ in nil }) {
            MemoryEntries(whole.entries)
        }
        try require(transcript(of: sent, step: .max) == whole, "what is sent again arrives as the same")
        return true
    }

    private static func transcript(of bytes: [UInt8], step: Int) -> EntryTranscript {
        EntryTranscript {
            // Less than most frames have, so that it has to grow.
            ConfinedEntryStream(MemoryFrames(bytes, step: step), readAhead: 16) {
                FileSystemError(.read, "notes-1.0.zip", number: $0)
            }
        }
    }
}
