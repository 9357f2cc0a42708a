import HostModel
import Testing

struct SecretValueTests {
    private func value(_ text: String) throws -> SecretValue { try SecretValue(Array(text.utf8)) }

    @Test(
        arguments: [
            ("token", "token"), ("token\n", "token"), ("token\n\n", "token\n"), ("two\nlines\n", "two\nlines"),
            (" token ", " token "), ("token\r\n", "token\r"), ("\nx", "\nx"),
        ] as [(String, String)])
    func `one line feed at the end is cut off, and nothing else`(text: String, kept: String) throws {
        #expect(try value(text).bytes == Array(kept.utf8))
    }

    @Test func `it may be any bytes but NUL`() throws {
        let bytes = (1...255).map { UInt8($0) }
        #expect(try SecretValue(bytes).bytes == bytes)
        #expect(throws: SecretValue.Problem.holdsNUL) { try SecretValue([65, 0, 66]) }
    }

    @Test func `it is neither empty nor longer than its limit`() throws {
        for text in ["", "\n"] { #expect(throws: SecretValue.Problem.empty) { try value(text) } }
        let longest = [UInt8](repeating: 65, count: SecretValue.limit)
        #expect(try SecretValue(longest).bytes.count == SecretValue.limit)
        #expect(try SecretValue(longest + [10]).bytes.count == SecretValue.limit)
        #expect(throws: SecretValue.Problem.tooLong) { try SecretValue(longest + [65]) }
    }

    @Test func `however it is looked at, it shows nothing of itself`() throws {
        let secret = try value("Zaubertrank")
        var dumped = ""
        dump(secret, to: &dumped)
        dump(["token": secret], to: &dumped)
        let shown = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", "\(["token": secret])",
            dumped,
        ]
        for text in shown { #expect(!text.contains("Zaubertrank") && !text.contains("90, 97")) }
        #expect("\(secret)" == "(secret)")
    }
}
