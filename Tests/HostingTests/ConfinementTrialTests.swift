import HostModel
import Testing

@testable import DiskIO
@testable import Hosting

/// What is said of a host by what a confined process was kept from on it.
struct ConfinementTrialTests {
    private static let files: Set<ConfinedAttempt> = [.readFile, .createFile]
    private static let all = Set(ConfinedAttempt.allCases)

    /// What is in force, and what that is there to deny.
    struct Row: Sendable, CustomTestStringConvertible {
        let layers: Confinement.Layers
        let landlock: Int64?
        let denies: Set<ConfinedAttempt>

        init(_ layers: Confinement.Layers, _ landlock: Int64?, _ denies: Set<ConfinedAttempt>) {
            self.layers = layers
            self.landlock = landlock
            self.denies = denies
        }

        var testDescription: String { "layers \(layers.rawValue), Landlock \(landlock ?? 0)" }
    }

    static let rows: [Row] = [
        Row([], nil, []),
        Row(.limits, nil, files.union([.connectTCP, .connectUnix])),
        Row(.landlock, 1, files.union([.startProcess])),
        Row(.landlock, 3, files.union([.startProcess])),
        Row(.landlock, 4, files.union([.startProcess, .connectTCP])),
        Row(.landlock, 6, files.union([.startProcess, .connectTCP, .signalParent])),
        Row([.limits, .landlock], 6, all.subtracting([.mapCode])),
        Row(.callFilter, nil, all),
        Row(.all, 7, all),
    ]

    private func trial(_ row: Row, denied: (ConfinedAttempt) -> Bool) -> ConfinementTrial {
        ConfinementTrial(
            Confinement(layers: row.layers, landlock: row.landlock),
            ConfinedAttempt.allCases.map { (attempt: $0, isDenied: denied($0)) })
    }

    @Test(arguments: ConfinementTrialTests.rows)
    func `each layer has what it is there to deny`(row: Row) {
        let trial = trial(row) { _ in true }
        #expect(Set(ConfinedAttempt.allCases.filter { trial.mustFail($0) }) == row.denies)
    }

    @Test(arguments: ConfinementTrialTests.rows)
    func `what nothing is there to deny is a note`(row: Row) {
        let findings = trial(row) { row.denies.contains($0) }.findings
        #expect(findings.allSatisfy { $0.severity == .note })
        #expect(findings.count == 1 + ConfinedAttempt.allCases.count - row.denies.count)
    }

    @Test(arguments: ConfinementTrialTests.rows)
    func `what succeeds though it must fail is a problem`(row: Row) {
        let problems = trial(row) { _ in false }.findings.filter { $0.severity == .problem }
        #expect(problems.count == row.denies.count)
    }

    @Test func `what is enforced is named`() {
        let text = trial(Row(.all, 7, Self.all)) { _ in true }.findings.map(\.text)
        let means = "no_new_privs, limits, Landlock 7, a filter of its calls (seccomp)"
        #expect(text == ["archives are read by a process that is confined by \(means)"])
    }

    @Test(arguments: ConfinementTrialTests.rows)
    func `what a process says is what is read`(row: Row) throws {
        let said = trial(row) { row.denies.contains($0) }
        let read = try ConfinementTrial(answer: said.json.line)
        #expect(read.json.text == said.json.text)
        #expect(read.layers == row.layers)
    }

    @Test(arguments: [
        "", "{}", #"{"failed":"it cannot be limited"}"#,
        #"{"landlock":7,"seccomp":true,"noNewPrivileges":false,"limits":true,"denied":[],"succeeded":[]}"#,
        #"{"landlock":7,"seccomp":true,"noNewPrivileges":true,"limits":true,"denied":["fly"],"succeeded":[]}"#,
    ])
    func `what is no answer is an error`(answer: String) {
        #expect(throws: RecordError.self) { try ConfinementTrial(answer: Array(answer.utf8)) }
    }

    @Test func `a host that reads archives itself has nothing to say`() throws {
        let found = try Lab().host.examineConfinement()
        let wasTried = found.trial != nil
        #expect(!wasTried)
        #expect(found.findings.isEmpty)
    }

    @Test func `a host whose program cannot be started has a problem`() {
        let host = AppHost(
            rootPath: "/nowhere", by: "test", archiveReader: .confinedProcess(program: "/nowhere/apphost"))
        let found = host.examineConfinement()
        let wasTried = found.trial != nil
        #expect(!wasTried)
        #expect(found.findings.map(\.severity) == [.problem])
        #expect(found.findings.map(\.text) == ["no archive can be read here: no such file or directory"])
    }
}
