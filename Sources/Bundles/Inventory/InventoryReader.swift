import DiskIO
import HostModel

/// Reads an inventory line by line from a file that can be read more than once. Memory: a line and 64 KiB.
package final class InventoryReader {
    package static let path = "apphost/inventory.jsonl"
    /// Most bytes of an inventory. Source: formats.md 2.2
    package static let limit: Int64 = 32 << 20
    /// Most bytes of a line, without its line feed.
    package static let lineLimit = 16 << 10

    private let file: File
    private var offset: Int64 = 0
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private var buffer: [UInt8] = []
    private var position = 0
    private var lineNumber = 0
    private var previous: InventoryEntry?

    /// - Throws: where the first line is none.
    package init(_ file: File) throws {
        self.file = file
        guard let line = try nextLine() else { throw BundleError.inventoryInvalid(line: 1, "it is missing") }
        header = try InventoryHeader(line: line)
    }

    deinit { scratch.deallocate() }

    /// The first line: whose inventory it is.
    package private(set) var header: InventoryHeader! = nil

    /// The next entry.
    ///
    /// - Returns: nil after the last.
    /// - Throws: ``BundleError/inventoryInvalid(line:_:)`` for a line that is not as apphost writes it, or not in order.
    package func next() throws -> InventoryEntry? {
        guard let line = try nextLine() else { return nil }
        guard let entry = InventoryEntry(line: line) else { throw invalid("it is not as apphost writes it") }
        if let previous {
            guard previous.path < entry.path else { throw invalid("it is not in ascending order") }
            // Whatever lies below a path follows it at once, so the one before is the only one to ask.
            guard !entry.path.isBelow(previous.path) else {
                throw invalid("it lies below \(quoted(previous.path.description)), which is no implied directory")
            }
        }
        previous = entry
        return entry
    }

    /// As ``next()``, without the manifest: it is listed in its place, but stands with the sidecars, where it is verified.
    func nextOfPayload() throws -> InventoryEntry? {
        let entry = try next()
        return entry?.path.bytes.elementsEqual(Manifest.path.utf8) == true ? try next() : entry
    }

    func invalid(_ problem: String) -> BundleError { .inventoryInvalid(line: lineNumber, problem) }

    /// The bytes to the next line feed, which every line has.
    private func nextLine() throws -> ArraySlice<UInt8>? {
        lineNumber += 1
        while true {
            if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[position..<end]
                position = end + 1
                guard line.count <= Self.lineLimit else { throw invalid("it is longer than \(Self.lineLimit) bytes") }
                return line
            }
            guard buffer.count - position <= Self.lineLimit else {
                throw invalid("it is longer than \(Self.lineLimit) bytes")
            }
            if try !fill() {
                if position == buffer.count { return nil }
                throw invalid("its line feed is missing")
            }
        }
    }

    private func fill() throws -> Bool {
        buffer.removeFirst(position)
        position = 0
        let count = try file.read(at: offset, into: scratch)
        buffer.append(contentsOf: scratch[..<count])
        offset += Int64(count)
        return count > 0
    }
}
