import HostModel
import Testing

struct FailureCodeTests {
    /// `behaviour.md` 7, *Exit status*, without 0.
    private static let documented: Set<Int32> = [1, 3, 4, 64, 65, 66, 69, 70, 73, 74, 75, 77, 78, 130]

    @Test(arguments: FailureCode.allCases)
    func `a failure has an exit status that is documented, and an HTTP status`(code: FailureCode) {
        #expect(Self.documented.contains(code.exitStatus))
        #expect((400...599).contains(code.httpStatus))
    }

    @Test(arguments: FailureCode.allCases)
    func `a code is written in lower case with low lines`(code: FailureCode) {
        let words = code.rawValue.split(separator: "_", omittingEmptySubsequences: false)
        let areWords = words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        }
        #expect(areWords)
        #expect(FailureCode(rawValue: code.rawValue) == code)
    }

    @Test func `no two failures have one code`() {
        #expect(Set(FailureCode.allCases.map(\.rawValue)).count == FailureCode.allCases.count)
    }

    /// `behaviour.md` 7.
    @Test(
        arguments: [
            (.usage, 64), (.bundleSignatureInvalid, 65), (.recordUnreadable, 65), (.needsNewerApphost, 65),
            (.appNotInstalled, 66), (.rollbackNotAvailable, 66), (.updateNotStaged, 66), (.diskFull, 73),
            (.diskError, 74),
            (.busy, 75), (.bundleUnsigned, 77), (.bundleKeyRevoked, 77), (.updateConsentRequired, 77),
            (.permissionDenied, 77), (.rootNotOurs, 78), (.rootNewer, 78), (.interrupted, 130), (.swapUnsettled, 3),
            (.applyAfterSwap, 3), (.hostUnsound, 1), (.archiveReaderFailed, 65), (.archiveReaderUnavailable, 78),
        ] as [(FailureCode, Int32)])
    func `the statuses that scripts rely on stay`(code: FailureCode, status: Int32) {
        #expect(code.exitStatus == status)
    }

    @Test(
        arguments: [
            (.usage, 400), (.bundleSignatureInvalid, 422), (.appNotInstalled, 404), (.busy, 409),
            (.bundleUnsigned, 403),
            (.diskFull, 507), (.diskError, 500), (.swapUnsettled, 500), (.rootNotOurs, 503),
            (.appAlreadyInstalled, 409), (.settingInvalid, 422), (.catalogNotConfigured, 409),
            (.unsupportedCatalogSource, 422), (.archiveReaderFailed, 422), (.archiveReaderUnavailable, 503),
        ] as [(FailureCode, Int)])
    func `5xx is said only where the host itself failed`(code: FailureCode, status: Int) {
        #expect(code.httpStatus == status)
    }
}

struct FailureTextTests {
    @Test(arguments: [
        ("notes", "'notes'"), ("", "''"), ("it's", "'it's'"), ("a\u{1B}[31mb", #"'a\u{1b}[31mb'"#),
        ("a\nb", #"'a\u{a}b'"#), ("\u{202E}a", #"'\u{202e}a'"#), ("\u{7F}\u{9B}", #"'\u{7f}\u{9b}'"#),
        ("\u{E9}\u{1F600}", "'\u{E9}\u{1F600}'"),
    ])
    func `text from elsewhere cannot imitate our output`(text: String, shown: String) {
        #expect(quoted(text) == shown)
    }

    @Test func `of what is longer than a path the start is shown`() {
        let path = String(repeating: "\u{E9}", count: 2048)
        #expect(quoted(path) == "'\(path)'")
        #expect(quoted(path + "b") == "'\(path)…'")
        #expect(quoted("a" + path) == "'a\(path.dropLast())…'")
        // One character.
        let marks = String(repeating: "\u{301}", count: 100_000)
        #expect(quoted("e" + marks).utf8.count < 4200)
    }

    @Test func `a failure is described by its code and sentence`() {
        let failure: any Failure = Interrupted()
        #expect("\(failure)" == "interrupted: interrupted")
        #expect(failure.state == .unchanged)
    }
}

struct CancellationTests {
    @Test func `a request to stop is kept`() throws {
        let cancellation = Cancellation()
        #expect(!cancellation.isRequested)
        try cancellation.check()
        cancellation.cancel()
        cancellation.cancel()
        #expect(cancellation.isRequested)
        #expect(throws: Interrupted.self) { try cancellation.check() }
    }
}
