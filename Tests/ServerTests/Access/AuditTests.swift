import DiskIO
import HostModel
import Hosting
import TestSupport
import Testing

/// Values that tests of the server begin with.
enum Samples {
    static let now = Timestamp(seconds: 1_777_629_600)

    static func entry(_ status: Int) -> AuditEntry {
        AuditEntry(
            at: now, caller: "token:ci", method: "POST", route: "/api/v1/apps/{id}/start", app: AppID("notes"),
            decision: status < 400 ? .allowed : .refused, status: status)
    }
}

struct AuditTests {
    private let place: TemporaryDirectory
    private let host: AppHost

    init() throws {
        place = try TemporaryDirectory()
        host = AppHost(rootPath: place.path + "/root", by: "test", now: { Samples.now })
    }

    private func lines(_ file: String = "audit.jsonl") -> [Substring] {
        Array((place.text("root/\(file)") ?? "").split(separator: "\n", omittingEmptySubsequences: false).dropLast())
    }

    @Test func `a decision is one line, for the owner alone`() async throws {
        try await host.auditLog().append(Samples.entry(403), flushes: true)
        #expect(
            lines() == [
                #"{"schema":1,"at":"2026-05-01T10:00:00Z","caller":"token:ci","method":"POST","#
                    + #""route":"/api/v1/apps/{id}/start","app":"notes","decision":"refused","status":403}"#
            ])
        #expect(place.mode(of: "root/audit.jsonl") == 0o600)
    }

    @Test func `what is about to be done has no status yet`() async throws {
        let entry = AuditEntry(
            at: Samples.now, caller: "socket:0", method: "POST", route: "/api/v1/verify", app: nil, decision: .allowed,
            status: nil)
        try await host.auditLog().append(entry, flushes: true)
        #expect(
            lines() == [
                #"{"schema":1,"at":"2026-05-01T10:00:00Z","caller":"socket:0","method":"POST","#
                    + #""route":"/api/v1/verify","app":null,"decision":"allowed","status":null}"#
            ])
    }

    @Test func `two files are the most there ever is`() async throws {
        let size = Int64(Samples.entry(200).json.line.count)
        let log = try host.auditLog(rotationSize: 10 * size)
        for number in 0..<95 { try await log.append(Samples.entry(200 + number), flushes: false) }
        #expect(lines().count == 5)
        #expect(lines("audit.1.jsonl").count == 10)
        #expect(lines().last?.contains(#""status":294}"#) == true)
        #expect(lines("audit.1.jsonl").first?.contains(#""status":280}"#) == true)
        #expect(place.mode(of: "root/audit.1.jsonl") == 0o600)
        #expect(place.names("root").filter { $0.hasPrefix("audit") }.count == 2)
    }

    @Test func `the next server goes on where the last one was, without what a power cut left in part`() async throws {
        try await host.auditLog().append(Samples.entry(200), flushes: true)
        let whole = try #require(place.text("root/audit.jsonl"))
        try place.write(whole + #"{"schema":1,"at":"20"#, to: "root/audit.jsonl", mode: 0o600)
        try await host.auditLog().append(Samples.entry(201), flushes: true)
        #expect(lines().count == 2)
        #expect(lines().allSatisfy { $0.hasSuffix("}") })
    }

    @Test func `lines of many at once do not mix`() async throws {
        let log = try host.auditLog()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { try await log.append(Samples.entry(200 + number), flushes: number.isMultiple(of: 50)) }
            }
            try await group.waitForAll()
        }
        #expect(lines().count == 200)
        for line in lines() { #expect(throws: Never.self) { try StrictJSON.parse(Array(line.utf8)) } }
    }
}
