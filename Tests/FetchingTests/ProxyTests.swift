import HostModel
import TestSupport
import Testing

@testable import Fetching

struct ProxyTests {
    private func proxy(_ environment: [String: String], for text: String) throws -> ProxyAddress? {
        try ProxyRules(environment).proxy(for: Location(text))
    }

    @Test(
        arguments: [
            (["https_proxy": "http://proxy.example:3128"], "proxy.example", 3128),
            (["HTTPS_PROXY": "http://proxy.example:3128/"], "proxy.example", 3128),
            (["all_proxy": "proxy.example:3128"], "proxy.example", 3128),
            (["ALL_PROXY": "HTTP://Proxy.Example"], "proxy.example", 80),
            (["https_proxy": "http://[::1]:3128"], "::1", 3128),
            (["https_proxy": "http://a.example", "HTTPS_PROXY": "http://b.example"], "a.example", 80),
            (["https_proxy": "", "all_proxy": "http://b.example"], "b.example", 80),
        ] as [([String: String], String, Int)])
    func `the environment names the proxy`(environment: [String: String], host: String, port: Int) throws {
        let found = try #require(try proxy(environment, for: "https://catalog.example/a"))
        #expect(found.host == host)
        #expect(found.port == port)
        #expect(found.credentials == nil)
    }

    @Test(
        arguments: [
            ([:], "https://catalog.example/"), (["http_proxy": "http://p.example"], "https://catalog.example/"),
            (["https_proxy": "http://p.example", "all_proxy": "http://p.example"], "http://localhost/"),
            (["https_proxy": "http://p.example"], "https://localhost/"),
            (["https_proxy": "http://p.example"], "https://127.8.8.8/"),
            (["https_proxy": "http://p.example"], "https://[::1]/"), (["https_proxy": "http://p.example"], "/srv/c"),
        ] as [([String: String], String)])
    func `there is none for another scheme, for this host, and for files`(
        environment: [String: String], location: String
    ) throws {
        let found = try proxy(environment, for: location)
        #expect(found == nil)
    }

    @Test(arguments: [
        ("catalog.example", "https://catalog.example/", true), ("catalog.example", "https://a.catalog.example/", true),
        (".catalog.example", "https://catalog.example/", true), ("CATALOG.example", "https://catalog.example/", true),
        ("catalog.example", "https://mycatalog.example/", false), ("example", "https://catalog.example/", true),
        ("catalog.example:443", "https://catalog.example/", true),
        ("catalog.example:8443", "https://catalog.example/", false),
        ("catalog.example:8443", "https://catalog.example:8443/", true), ("*", "https://catalog.example/", true),
        ("a.example, catalog.example", "https://catalog.example/", true), ("192.0.2.1", "https://192.0.2.1/", true),
        ("192.0.2.1", "https://192.0.2.10/", false), ("2001:db8::1", "https://[2001:db8::1]/", true),
        ("[2001:db8::1]", "https://[2001:db8::1]/", true), (" , ", "https://catalog.example/", false),
    ])
    func `some hosts are named to be reached without`(list: String, location: String, isException: Bool) throws {
        for name in ["no_proxy", "NO_PROXY"] {
            let found = try proxy(["https_proxy": "http://p.example", name: list], for: location)
            #expect((found == nil) == isException)
        }
    }

    @Test func `name and password are decoded, and not shown`() throws {
        let environment = ["https_proxy": "http://us%40er:pa%20%3Ass@p.example:3128"]
        let found = try #require(try proxy(environment, for: "https://catalog.example/"))
        #expect(found.host == "p.example")
        #expect(found.credentials?.user == "us@er")
        #expect(found.credentials?.password == "pa :ss")
        #expect(!"\(found)".contains("pa :ss"))
    }

    @Test(arguments: [
        "https://p.example", "socks5://p.example", "http://", "http://p.example:x", "http://user:secret@",
        "http://user:%zz@p.example", "http://p.example/path",
    ])
    func `a proxy that cannot be used is told by its variable, not by its value`(value: String) {
        let error = #expect(throws: FetchError.self) {
            try proxy(["https_proxy": value], for: "https://catalog.example/")
        }
        #expect(error?.code == .settingInvalid)
        #expect(error?.message.contains("https_proxy") == true)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func `a proxy is asked for the host, with its name and password, and shown without`() async throws {
        let server = try TestServer { _, _ in whole([], status: 407) }
        defer { server.stop() }
        let options = quick { options in
            options.environment = ["https_proxy": "http://user:secret@127.0.0.1:\(server.port)"]
        }
        let error = await failure {
            try await Fetcher.withFetcher(options) { fetcher in
                _ = try await fetcher.bytes(Location("https://catalog.example/a"), limit: 10)
            }
        }
        #expect(error?.code == .sourceUnavailable)
        #expect(error?.message.contains("proxy") == true)
        #expect(error?.message.contains("secret") == false)
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1)
        #expect(request.method == "CONNECT")
        #expect(request.target == "catalog.example:443")
        #expect(request.headers["proxy-authorization"] == "Basic dXNlcjpzZWNyZXQ=")
    }

    @Test func `this host is never asked through a proxy`() async throws {
        let proxy = try TestServer { _, _ in whole([], status: 502) }
        defer { proxy.stop() }
        let address = "http://127.0.0.1:\(proxy.port)"
        let options = quick { options in
            options.environment = ["http_proxy": address, "https_proxy": address, "all_proxy": address]
        }
        try await serving({ _, _ in whole([1]) }, options: options) { fetcher, server in
            let bytes = try await fetcher.bytes(server.location("/a"), limit: 1)
            #expect(bytes == [1])
        }
        #expect(proxy.requests.isEmpty)
    }
}
