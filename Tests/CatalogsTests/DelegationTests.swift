import Catalogs
import HostModel
import Signatures
import TestSupport
import Testing

/// Step 5.6.7: who is asked for a file, and in which order.
struct DelegationTests {
    struct Edge: Sendable {
        let delegator: String
        let role: String
        let paths: [String]
        let isTerminating: Bool

        init(_ delegator: String, _ role: String, paths: [String] = ["*"], terminating: Bool = false) {
            self.delegator = delegator
            self.role = role
            self.paths = paths
            isTerminating = terminating
        }
    }

    private func refreshedLab(_ edges: [Edge], files: [(role: String, path: String)] = []) async throws -> Lab {
        let lab = try Lab()
        var names: [String] = []
        for edge in edges {
            lab.repository.delegate(
                edge.role, by: edge.delegator, paths: edge.paths, terminating: edge.isTerminating)
            if !names.contains(edge.role) { names.append(edge.role) }
        }
        for file in files { lab.repository.add(file.path, to: file.role) }
        for name in names { lab.repository.publish(name) }
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")
        lab.repository.source.forgetRequests()
        return lab
    }

    struct Graph: Sendable {
        let name: String
        let edges: [Edge]
        let visited: [String]
    }

    static let graphs: [Graph] = [
        Graph(name: "one", edges: [Edge("targets", "a")], visited: ["a"]),
        Graph(name: "two side by side", edges: [Edge("targets", "a"), Edge("targets", "b")], visited: ["a", "b"]),
        Graph(
            name: "children before siblings",
            edges: [Edge("targets", "a"), Edge("targets", "b"), Edge("a", "c"), Edge("a", "d")],
            visited: ["a", "c", "d", "b"]),
        Graph(
            name: "grandchildren before siblings",
            edges: [Edge("targets", "a"), Edge("targets", "b"), Edge("a", "c"), Edge("c", "d")],
            visited: ["a", "c", "d", "b"]),
        Graph(
            name: "nobody after a terminating role",
            edges: [
                Edge("targets", "a"), Edge("targets", "b"), Edge("a", "c", terminating: true), Edge("a", "d"),
            ], visited: ["a", "c"]),
        Graph(
            name: "whom a terminating role trusts",
            edges: [
                Edge("targets", "a"), Edge("targets", "b"), Edge("a", "c", terminating: true), Edge("c", "d"),
            ], visited: ["a", "c", "d"]),
        Graph(
            name: "a terminating role for other paths ends nothing",
            edges: [Edge("targets", "a", paths: ["*.py"], terminating: true), Edge("targets", "b"), Edge("a", "c")],
            visited: ["b"]),
        Graph(
            name: "a cycle ends",
            edges: [Edge("targets", "a"), Edge("a", "b"), Edge("b", "c"), Edge("c", "a"), Edge("targets", "d")],
            visited: ["a", "b", "c", "d"]),
        Graph(
            name: "a role that two trust is visited once",
            edges: [Edge("targets", "a"), Edge("targets", "b"), Edge("b", "c"), Edge("a", "c")],
            visited: ["a", "c", "b"]),
        Graph(
            name: "a role is visited through whoever trusts it with the path",
            edges: [Edge("targets", "a"), Edge("targets", "b"), Edge("b", "c"), Edge("a", "c", paths: ["*.py"])],
            visited: ["a", "b", "c"]),
    ]

    @Test(arguments: DelegationTests.graphs)
    func `roles are asked in order, the first and whom it trusts before the next`(graph: Graph) async throws {
        let lab = try await refreshedLab(graph.edges)
        #expect(try await lab.find("missing") == "nothing")
        #expect(lab.repository.source.requests == graph.visited.map { "1.\($0).json" }, "\(graph.name)")
    }

    private static let tree = [
        Edge("targets", "a", paths: ["*.doc", "*.md", "foo-?.tgz"]), Edge("targets", "b", paths: ["releases/*/*"]),
        Edge("b", "c", paths: ["releases/x/*"]), Edge("b", "d", paths: ["releases/y/*.zip"]),
    ]

    @Test(
        arguments: [
            ("top", "targets"), ("README.md", "a"), ("releases/README.md", "nothing"), ("foo-1.tgz", "a"),
            ("foo-alpha.tgz", "nothing"), ("README.MD", "nothing"), ("releases/x/1", "c"),
            ("releases/y/1.zip", "d"), ("releases/z/1.zip", "nothing"),
        ] as [(String, String)])
    func `a file is believed only where the whole chain is trusted with its path`(
        path: String, role: String
    ) async throws {
        let files = [
            ("targets", "top"), ("a", "README.md"), ("a", "releases/README.md"), ("a", "foo-1.tgz"),
            ("a", "foo-alpha.tgz"), ("c", "releases/x/1"), ("d", "releases/y/1.zip"), ("d", "releases/z/1.zip"),
        ].map { (role: $0.0, path: $0.1) }
        let lab = try await refreshedLab(Self.tree, files: files)
        #expect(try await lab.find(path) == role)
    }

    @Test func `the more trusted role has the say`() async throws {
        let edges = [Edge("targets", "a"), Edge("targets", "b")]
        let lab = try await refreshedLab(edges, files: [("b", "file"), ("a", "file")])
        #expect(try await lab.find("file") == "a")
        #expect(lab.repository.source.requests == ["1.a.json"])
    }

    @Test(arguments: [true, false])
    func `a role can be trusted with paths by their hash`(isInside: Bool) async throws {
        let digest = DigestStream.digest(of: Array("file".utf8)).hex
        let prefix = isInside ? String(digest.prefix(3)) : "xyz"
        let lab = try Lab()
        lab.repository.delegate("bin", paths: nil, prefixes: ["zz", prefix])
        lab.repository.add("file", to: "bin")
        lab.repository.publishAll("bin")
        #expect(try await lab.refresh() == "done")
        #expect(try await lab.find("file") == (isInside ? "bin" : "nothing"))
    }

    @Test(
        arguments: [
            ("?", "%3F.json"), ("#", "%23.json"), ("/delegated", "%2Fdelegated.json"),
            ("../delegated", "..%2Fdelegated.json"), ("..", "...json"), ("a%2Fb", "a%252Fb.json"),
            ("\u{E9}", "%C3%A9.json"), ("root.json", "root.json.json"),
        ] as [(String, String)])
    func `whatever a role is called, its metadata stays in its directory`(role: String, file: String) async throws {
        let lab = try await refreshedLab([Edge("targets", role)])
        #expect(try await lab.find("missing") == "nothing")
        #expect(lab.repository.source.requests == ["1.\(role).json"])
        #expect(lab.disk.read(file) == lab.repository.source["1.\(role).json"])
        let names = ["lock", "refresh.lock", "root.json", "snapshot.json", "targets.json", "timestamp.json"]
        #expect(Set(lab.disk.names()) == Set(names + [file]))
    }

    @Test(arguments: ["", "root", "timestamp", "snapshot", "targets", String(repeating: "a", count: 201)])
    func `a role cannot be delegated to under a name that is taken or no name`(role: String) async throws {
        let lab = try Lab()
        lab.repository["targets"].delegations = [
            TestDelegation(name: role, key: PrivateKey.generate(), paths: ["*"], prefixes: nil, isTerminating: false)
        ]
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "4.5 catalog_unverified")
    }

    @Test func `a stored role is not fetched again, and is verified again`() async throws {
        let lab = try await refreshedLab([Edge("targets", "a")], files: [("a", "file")])
        #expect(try await lab.find("file") == "a")
        #expect(try await lab.find("file") == "a")
        #expect(lab.repository.source.requests == ["1.a.json"])
        try lab.disk.write("{}", to: "a.json")
        #expect(try await lab.find("file") == "a")
        #expect(lab.repository.source.requests == ["1.a.json", "1.a.json"])
    }

    @Test func `a stored role is verified for the role that delegates to it now`() async throws {
        let edges = [
            Edge("targets", "parent-a", paths: ["a/*"]), Edge("targets", "parent-b", paths: ["b/*"]),
            Edge("parent-a", "release", paths: ["a/*"]), Edge("parent-b", "release", paths: ["b/*"]),
        ]
        let lab = try await refreshedLab(edges)
        // Signed by the key that parent-a lists for it, and not by that of parent-b.
        lab.repository["release"].signers.removeLast()
        lab.repository.add("a/file", to: "release")
        lab.repository.add("b/file", to: "release")
        lab.repository.publishAll("release")
        #expect(try await lab.refresh() == "done")

        let client = try lab.client()
        let catalog = try client.stored(now: TestRepository.now)
        let first = try #require(RelativePath("a/file"))
        let second = try #require(RelativePath("b/file"))
        #expect(try await client.target(first, in: catalog)?.role.description == "release")
        #expect(try await lab.find("b/file") == "5.6.3 catalog_unverified")
        await #expect(throws: (any Error).self) { try await client.target(second, in: catalog) }
    }

    @Test func `a role that snapshot does not list is not even asked for`() async throws {
        let lab = try Lab()
        lab.repository.delegate("a")
        lab.repository.publish("a")
        lab.repository.snapshotFiles["a.json"] = nil
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")
        lab.repository.source.forgetRequests()
        #expect(try await lab.find("file") == "5.6.1 catalog_unverified")
        #expect(lab.repository.source.requests == [])
    }

    @Test func `a role that cannot be verified ends the search`() async throws {
        let lab = try await refreshedLab([Edge("targets", "a"), Edge("targets", "b")], files: [("b", "file")])
        lab.repository["a"].signers = [PrivateKey.generate()]
        lab.repository.publishAll("a")
        #expect(try await lab.refresh() == "done")
        #expect(try await lab.find("file") == "5.6.3 catalog_unverified")
        #expect(lab.disk.read("a.json") == nil)
    }

    @Test func `a search through very many roles ends`() async throws {
        let edges = (0..<80).map { number in Edge(number == 0 ? "targets" : "r\(number - 1)", "r\(number)") }
        let lab = try await refreshedLab(edges)
        #expect(try await lab.find("file") == "5.6.7 catalog_unverified")
        #expect(lab.repository.source.requests.count == 63)
    }
}
