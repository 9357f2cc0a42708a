import Fetching
import HostModel
import Testing

struct LocationTests {
    // MARK: What is taken

    @Test(arguments: [
        ("https://catalog.example", "https://catalog.example/"),
        ("https://catalog.example/", "https://catalog.example/"),
        ("HTTPS://Catalog.Example:443/A/b/", "https://catalog.example/A/b"),
        ("https://catalog.example:8443/a%20b/%2Fc", "https://catalog.example:8443/a%20b/%2Fc"),
        ("https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        ("https://192.0.2.1/a~b@c", "https://192.0.2.1/a~b@c"),
        ("https://a-b_c.example/", "https://a-b_c.example/"),
        ("http://localhost:80/a", "http://localhost/a"), ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"),
        ("http://127.255.1.2/a", "http://127.255.1.2/a"), ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("http://[0:0:0:0:0:0:0:1]/a", "http://[0:0:0:0:0:0:0:1]/a"),
        ("file:///srv/catalog", "/srv/catalog"), ("file:/srv/a%20b", "/srv/a b"),
        ("FILE://localhost/srv/c", "/srv/c"), ("/srv/catalog", "/srv/catalog"), ("catalog", "catalog"),
        ("../catalog", "../catalog"), ("./a:b", "./a:b"), ("a/b:c", "a/b:c"), ("user@host/x", "user@host/x"),
    ])
    func `a location is read, and shown as what it is`(text: String, shown: String) throws {
        let location = try Location(text)
        #expect("\(location)" == shown)
    }

    @Test func `two spellings of a location are one`() throws {
        #expect(try Location("https://catalog.example/a/") == Location("HTTPS://CATALOG.example:443/a"))
        #expect(try Location("file:///srv/a%2Fb") == Location("/srv/a/b"))
    }

    // MARK: What is refused

    @Test(arguments: [
        "", "a\nb", "https:", "https:catalog.example", "https:/catalog.example", "https://", "https:///a",
        "https://catalog.example:0/", "https://catalog.example:65536/", "https://catalog.example:/",
        "https://catalog.example:+1/", "https://catalog.example:80x/", "https://a..b/", "https://.a/", "https://a.",
        "https://catalog.example/a b", "https://catalog.example/\u{E9}", "https://\u{E9}.example/",
        "https://catalog.example/a\\b", "https://catalog.example/<", "https://catalog.example/%",
        "https://c.example/%4",
        "https://catalog.example/%zz", "https://catalog.example/a/../b", "https://catalog.example/a/%2e%2E/b",
        "https://catalog.example/./a", "https://catalog.example//a", "https://catalog.example/%00",
        "https://catalog.example/?a", "https://catalog.example/a?b=c", "https://catalog.example/#a",
        "https://user@catalog.example/", "https://user:secret@catalog.example/", "https://@catalog.example/",
        "https://[::1/", "https://[::g]/", "https://[1.2.3.4]/", "https://[::1%25eth0]/", "https://::1/",
        "http://catalog.example/", "http://192.0.2.1/", "http://localhost.example/", "http://127.0.0.1.example/",
        "http://[::2]/", "http://[::ffff:127.0.0.1]/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/",
        "file:", "file:a", "file://host/a", "file:///a?b", "file:///a#b", "file:///a%00", "file:///a%0A", "file:///%f",
        "ftp://catalog.example/", "mailto:a@b", "javascript:alert(1)", "data:,a", "a:b", "unix:/run/x",
    ])
    func `anything else is refused`(text: String) {
        let error = #expect(throws: FetchError.self) { try Location(text) }
        #expect(error?.code == .usage)
        #expect(error?.message.isEmpty == false)
        #expect(error?.help != nil)
    }

    @Test(arguments: ["crypta:USK@abc/catalog", "CRYPTA:CHK@abc"])
    func `what a later version may have is refused with a code of its own`(text: String) {
        let error = #expect(throws: FetchError.self) { try Location(text) }
        #expect(error?.code == .unsupportedCatalogSource)
    }

    @Test(arguments: [
        "https://user:secret@catalog.example/", "https://secret@catalog.example/", "https://user:se/secret@c.example/",
        "https://catalog.example/?token=secret", "https://catalog.example/#secret", "https://user:a?secret@c.example/",
        "ftp://user:secret@catalog.example/", "http:user:secret@c.example", "user:secret@c.example",
        "crypta:USK@secret/a", "https://u:p@secret@c.example/", "https://user:secret@c.example/\u{7}",
    ])
    func `a refusal shows no secret`(text: String) {
        let error = #expect(throws: FetchError.self) { try Location(text) }
        #expect(error?.message.contains("secret") == false)
        #expect(error?.description.contains("secret") == false)
    }

    // MARK: Below it

    @Test(
        arguments: [
            ("https://c.example", ["a"], "https://c.example/a"), ("https://c.example/", ["a"], "https://c.example/a"),
            ("https://c.example/m/", ["1.root.json"], "https://c.example/m/1.root.json"),
            ("https://c.example/m", ["a", "b"], "https://c.example/m/a/b"),
            ("https://c.example/m", ["../a"], "https://c.example/m/..%2Fa"),
            ("https://c.example/m", ["/a"], "https://c.example/m/%2Fa"),
            ("https://c.example/m", ["?"], "https://c.example/m/%3F"),
            ("https://c.example/m", ["#"], "https://c.example/m/%23"),
            ("https://c.example/m", ["%2e%2e"], "https://c.example/m/%252e%252e"),
            ("https://c.example/m", ["a b\u{E9}\\@:"], "https://c.example/m/a%20b%C3%A9%5C%40%3A"),
            ("https://c.example/m", ["a\u{0}\n"], "https://c.example/m/a%00%0A"),
            ("http://[::1]:81/", ["a-b_c~d.e"], "http://[::1]:81/a-b_c~d.e"),
            ("/srv/c", ["a", "b"], "/srv/c/a/b"), ("/srv/c/", ["a b"], "/srv/c/a b"), ("/", ["a"], "/a"),
            ("c", ["..a"], "c/..a"), ("/srv/c", [], "/srv/c"),
        ] as [(String, [String], String)])
    func `a name below a location is one part of its path`(base: String, names: [String], shown: String) throws {
        let location = try Location(base).appending(names)
        #expect("\(location)" == shown)
    }

    @Test(
        arguments: [
            ("https://c.example/m", ""), ("https://c.example/m", "."), ("https://c.example/m", ".."), ("/srv/c", ""),
            ("/srv/c", "."), ("/srv/c", ".."), ("/srv/c", "a/b"), ("/srv/c", "/a"), ("/srv/c", "../a"),
            ("/srv/c", "a\u{0}"),
        ] as [(String, String)])
    func `a name that leads elsewhere is refused`(base: String, name: String) throws {
        let location = try Location(base)
        let error = #expect(throws: FetchError.self) { try location.appending("a", name) }
        #expect(error?.code == .usage)
    }

    @Test func `a path cannot imitate our output`() {
        #expect("\(Location.path("/a\u{1B}[31m"))" == #"/a\u{1b}[31m"#)
    }
}
