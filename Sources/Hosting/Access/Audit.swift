import DiskIO
import HostModel
import Storage

/// Who asked for what, and what was decided: never a path, a query, a body or a secret.
package struct AuditEntry: Sendable, Equatable, JSONRepresentable {
    package enum Decision: String, Sendable { case allowed, refused }

    package let at: Timestamp
    /// `socket:1000`, `token:ci`, `session:ci`, `app:notes`, `nobody`.
    package let caller: String
    package let method: String
    /// The template that the request matched: `/api/v1/apps/{id}`; nil where it matched none.
    package let route: String?
    /// The app that the route names; nil where it names none.
    package let app: AppID?
    package let decision: Decision
    /// As it was answered; nil where it was decided that something may be changed, and nothing was done yet.
    package let status: Int?

    package init(
        at: Timestamp, caller: String, method: String, route: String?, app: AppID?, decision: Decision, status: Int?
    ) {
        self.at = at
        self.caller = caller
        self.method = method
        self.route = route
        self.app = app
        self.decision = decision
        self.status = status
    }

    package var json: JSONValue {
        [
            "schema": 1, "at": at, "caller": caller, "method": method, "route": route, "app": app,
            "decision": decision.rawValue, "status": status,
        ]
    }
}

/// `audit.jsonl`: a line for each decision, and another one before what changes something is done. From
/// ``rotationSize`` on a new file is begun, and the one before is kept as `audit.1.jsonl`.
///
/// It writes on a thread of its own, so no flush keeps a request waiting that needs none.
package actor AuditLog {
    private let executor = DiskExecutor(label: "apphost.audit")
    private let root: Directory
    private let rotationSize: Int64
    /// Nil until the first line, and after an error.
    private var current: (file: File, size: Int64)?

    /// Bytes after which a new file is begun.
    package static let rotationSize: Int64 = 1 << 20

    private static let name: DiskPath = "audit.jsonl"
    private static let older: DiskPath = "audit.1.jsonl"
    /// Most bytes of a line.
    private static let lineLimit: Int64 = 4 << 10

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(in root: Directory, rotationSize: Int64) {
        self.root = root
        self.rotationSize = rotationSize
    }

    /// Adds one line.
    ///
    /// - Parameter flushes: whether a power cut may not lose it once this returns.
    /// - Throws: the line may stand there in part; the next one cuts it off.
    package func append(_ entry: AuditEntry, flushes: Bool) throws {
        let line = entry.json.line
        do throws(FileSystemError) {
            let file = try file(for: Int64(line.count))
            try file.write(line)
            if flushes { try file.sync() }
            current?.size += Int64(line.count)
        } catch {
            // A flush that failed is not tried again on the same descriptor.
            current = nil
            throw error
        }
    }

    /// The file that the next line goes to.
    private func file(for count: Int64) throws(FileSystemError) -> File {
        if let current, current.size + count <= rotationSize { return current.file }
        if current == nil {
            let opened = try open()
            current = opened
            if opened.size + count <= rotationSize { return opened.file }
        }
        try root.replace(Self.older, with: Self.name)
        let fresh = try open()
        current = fresh
        return fresh.file
    }

    private func open() throws(FileSystemError) -> (file: File, size: Int64) {
        let isNew = try root.status(of: Self.name) == nil
        let file = try root.file(Self.name, as: .appending(mode: 0o600))
        if isNew {
            try file.setMode(0o600)
            try root.sync()
            return (file, 0)
        }
        return (file, try cutTornTail(of: file))
    }

    /// A line that a power cut or a full disk left in part was never one.
    ///
    /// - Returns: the size that is left.
    private func cutTornTail(of file: File) throws(FileSystemError) -> Int64 {
        let size = try file.status().size
        let start = max(0, size - Self.lineLimit)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(Self.lineLimit), alignment: 16)
        defer { buffer.deallocate() }
        let count = try file.read(at: start, into: buffer)
        let tail = buffer[..<count]
        let end = tail.lastIndex(of: UInt8(ascii: "\n")).map { start + Int64($0) + 1 } ?? start
        if end < size { try file.truncate(to: end) }
        return end
    }
}

extension AppHost {
    /// The audit log of this root, for the one server that writes it.
    ///
    /// - On disk: nothing yet.
    package func auditLog(rotationSize: Int64 = AuditLog.rotationSize) throws -> AuditLog {
        AuditLog(in: try openEngine().root.directory, rotationSize: rotationSize)
    }
}
