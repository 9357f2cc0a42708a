import HostModel
import Testing

@testable import Processes

/// What follows from the tries of one probe.
struct ProbeTrialTests {
    /// The ends of some tries in seconds, their answers, and what follows from the last one; all before it ask for
    /// another try.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let within: Int
        let successes: Int
        let tries: [(Double, ProbeAnswer)]
        let expected: ProbeTrial.Step

        init(
            _ what: String, within: Int = 30, successes: Int = 1, _ tries: [(Double, ProbeAnswer)],
            _ expected: ProbeTrial.Step
        ) {
            testDescription = what
            self.within = within
            self.successes = successes
            self.tries = tries
            self.expected = expected
        }
    }

    static let rows: [Row] = [
        Row("one success", [(0, .passed)], .passed),
        Row("a success at last", [(0, .failed("answered 500")), (28.5, .passed)], .passed),
        Row("a failure with time left", [(0, .failed("answered 500"))], .tryAgain),
        Row("no time for another try", within: 2, [(1, .failed("answered 500"))], .failed(reason: "answered 500")),
        Row(
            "the last answer counts", within: 2, [(0, .failed("connection refused")), (1, .failed("answered 500"))],
            .failed(reason: "answered 500")),
        Row("silence", within: 6, [(5, .silent(.seconds(5)))], .failed(reason: "did not answer within 5 s")),
        Row("silence with time left", within: 7, [(5, .silent(.seconds(5)))], .tryAgain),
        Row(
            "silence till the end", within: 2, [(2, .silent(.seconds(2)))],
            .failed(reason: "did not answer within 2 s")),
        Row(
            "silence till the end after an answer", within: 4,
            [(1, .failed("answered 503")), (4, .silent(.seconds(2)))], .failed(reason: "answered 503")),
        Row("what can never pass", [(0, .impossible("no"))], .failed(reason: "no")),
        Row("two in a row", successes: 2, [(0, .passed), (1, .passed)], .passed),
        Row(
            "two, but not in a row", successes: 2, [(0, .passed), (1, .failed("answered 500")), (2, .passed)],
            .tryAgain),
        Row(
            "a streak that begins anew", successes: 2,
            [(0, .passed), (1, .failed("answered 500")), (2, .passed), (3, .passed)], .passed),
        Row("three in a row", within: 5, successes: 3, [(1, .passed), (3, .passed), (4, .passed)], .passed),
        Row(
            "a streak that comes too late", within: 5, successes: 3, [(3, .passed)],
            .failed(reason: "only 1 of 3 tries in a row succeeded within 5 s")),
        Row(
            "a failure that leaves no time for a streak", within: 5, successes: 3, [(2, .failed("answered 500"))],
            .failed(reason: "answered 500")),
    ]

    @Test(arguments: ProbeTrialTests.rows)
    func `a probe passes, is tried again, or has failed`(row: Row) throws {
        let probe = HealthProbe(
            .tcp(host: "::1", port: 1), within: .seconds(row.within), interval: .seconds(1), timeout: .seconds(5),
            successes: row.successes)
        var trial = ProbeTrial(probe)
        for (end, answer) in row.tries.dropLast() {
            #expect(trial.note(answer, at: .seconds(end)) == .tryAgain)
        }
        let (end, answer) = try #require(row.tries.last)
        #expect(trial.note(answer, at: .seconds(end)) == row.expected)
    }

    @Test func `a try has its own time, and no more than what is left`() {
        let probe = HealthProbe(.tcp(host: "::1", port: 1), within: .seconds(30), timeout: .seconds(5))
        let trial = ProbeTrial(probe)
        #expect(trial.time(at: .zero) == .seconds(5))
        #expect(trial.time(at: .seconds(25)) == .seconds(5))
        #expect(trial.time(at: .seconds(28)) == .seconds(2))
        #expect(trial.time(at: .seconds(31)) == .zero)
    }

    @Test(
        arguments: [
            (.process(settle: .seconds(5)), "process"),
            (.tcp(host: "127.0.0.1", port: 8080), "tcp 127.0.0.1:8080"),
            (.tcp(host: "::1", port: 8080), "tcp [::1]:8080"),
            (
                .http(url: "http://127.0.0.1:8080/healthz", status: 204, bodyContains: "ok"),
                "http http://127.0.0.1:8080/healthz"
            ),
            (.exec(command: ["bin/check", "--all"]), "exec bin/check --all"),
            (.exec(command: ["bin/check", "\u{1B}[2K"]), #"exec bin/check \u{1b}[2K"#),
        ] as [(HealthProbe.Check, String)])
    func `a probe says what it asks`(check: HealthProbe.Check, sentence: String) {
        #expect(HealthProbe(check).sentence == sentence)
    }

    /// A mode, what the manifest lists, and what is asked.
    static let choices: [(HealthMode, [HealthProbe], [HealthProbe])] = {
        let process = HealthProbe(.process(settle: .seconds(9)))
        let port = HealthProbe(.tcp(host: "::1", port: 1))
        let settling = HealthProbe(.process(settle: .seconds(5)))
        return [
            (.manifest, [], [settling]), (.manifest, [port], [port]), (.manifest, [process, port], [process, port]),
            (.process, [], [settling]), (.process, [port], [settling]), (.process, [port, process], [process]),
            (.none, [], []), (.none, [port, process], []),
        ]
    }()

    @Test(arguments: ProbeTrialTests.choices)
    func `the mode chooses among what the manifest lists`(
        mode: HealthMode, listed: [HealthProbe], expected: [HealthProbe]
    ) {
        #expect(HealthGate.probes(for: mode, listed: listed) == expected)
    }
}
