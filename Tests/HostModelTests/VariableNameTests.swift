import HostModel
import Testing

struct VariableNameTests {
    @Test(arguments: ["A", "a", "_", "NOTES_TOKEN", "notes2", "_2", String(repeating: "N", count: 255)])
    func `a name has letters, digits and low lines`(text: String) throws {
        let name = try #require(VariableName(text))
        #expect(name.text == text)
        #expect("\(name)" == text)
    }

    @Test(arguments: [
        "", "2NOTES", "NOTES-TOKEN", "NOTES TOKEN", "NOTES=", "=", "NOTES.TOKEN", "N\u{0}", "N\n", "Ñ", "N\u{303}",
        String(repeating: "N", count: 256),
    ])
    func `anything else is none`(text: String) {
        #expect(VariableName(text) == nil)
    }

    @Test(
        arguments: [
            ("PATH", true), ("HOME", true), ("LANG", true), ("TMPDIR", true), ("APPHOST_TOKEN", true),
            ("APPHOST_", true), ("APPHOST", false), ("path", false), ("PATHS", false), ("NOTES_PATH", false),
            ("LD_PRELOAD", false),
        ] as [(String, Bool)])
    func `what apphost gives to every app is its own`(text: String, isReserved: Bool) throws {
        let name = try #require(VariableName(text))
        #expect(name.isReserved == isReserved)
    }
}
