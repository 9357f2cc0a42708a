import HostModel
import Testing

struct AppIDTests {
    @Test(arguments: [
        "a", "0", "notes", "org.example.notes", "a-b", "a_b", "a--b", "a.b-c_d", "0a", "a0", "a-.b", "a.-b",
        String(repeating: "a", count: 64),
    ])
    func `what follows the grammar is an app id`(text: String) throws {
        let id = try #require(AppID(text))
        #expect(id.text == text)
        #expect("\(id)" == text)
    }

    @Test(arguments: [
        "", "A", "Notes", "nöte", "a b", " a", "a ", "a\n", "a/b", "/a", "..", ".", "a..b", ".a", "a.", "-a", "a-",
        "_a", "a_", "a\\b", "a\u{0}b", "a:b", "a@b", "a+b", "a~", "\u{FF41}", "e\u{301}",
        String(repeating: "a", count: 65),
    ])
    func `anything else is refused, and nothing is mended`(text: String) {
        #expect(AppID(text) == nil)
    }

    @Test func `ids have one order`() throws {
        let ids = try ["b", "a-b", "a", "a.b", "a0"].map { try #require(AppID($0)) }
        #expect(ids.sorted().map(\.text) == ["a", "a-b", "a.b", "a0", "b"])
    }
}
