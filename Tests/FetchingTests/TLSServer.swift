import Fetching
import Glibc
import TestSupport

/// An authority, and certificates by it, made for one test.
final class TestAuthority: Sendable {
    /// Whether this host has what it takes.
    static let isPossible: Bool = {
        let hasOpenSSL = (try? Child.run(["openssl", "version"])) == true
        let hasPython = (try? Child.run(["python3", "-c", "import http.server, ssl"])) == true
        return hasOpenSSL && hasPython
    }()

    private static let configuration = """
        [req]
        distinguished_name = name
        prompt = no
        [name]
        CN = localhost
        [authority]
        basicConstraints = critical,CA:TRUE
        keyUsage = critical,keyCertSign
        subjectKeyIdentifier = hash
        [localhost]
        basicConstraints = CA:FALSE
        subjectAltName = DNS:localhost,IP:127.0.0.1
        extendedKeyUsage = serverAuth
        [elsewhere]
        basicConstraints = CA:FALSE
        subjectAltName = DNS:elsewhere.example,IP:192.0.2.1
        extendedKeyUsage = serverAuth

        """

    /// It holds `ca.pem`, and `localhost` and `elsewhere` with `.pem` and `.key`.
    let place: TemporaryDirectory

    var certificate: String { place.path + "/ca.pem" }

    init() throws {
        place = try TemporaryDirectory()
        try place.write(Self.configuration, to: "openssl.cnf")
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"]
        let settings = ["-config", path("openssl.cnf")]
        try openssl(
            ["req", "-x509"] + settings + ["-extensions", "authority", "-subj", "/CN=apphost test authority"] + key
                + [path("ca.key"), "-out", path("ca.pem"), "-days", "2"])
        for name in ["localhost", "elsewhere"] {
            try openssl(["req", "-new"] + settings + key + [path("\(name).key"), "-out", path("\(name).csr")])
            try openssl(
                ["x509", "-req", "-in", path("\(name).csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key")]
                    + ["-CAcreateserial", "-out", path("\(name).pem"), "-days", "2"]
                    + ["-extfile", path("openssl.cnf"), "-extensions", name])
        }
    }

    /// Makes a directory in which OpenSSL finds the authority.
    func makeHashedDirectory() throws -> String {
        try place.makeDirectory("hashed")
        try place.makeLink("hashed/ca.pem", to: "../ca.pem")
        try openssl(["rehash", path("hashed")])
        return path("hashed")
    }

    private func path(_ name: String) -> String { place.path + "/" + name }

    private func openssl(_ arguments: [String]) throws {
        guard try Child.run(["openssl"] + arguments) else {
            throw TestBroken(doing: "openssl \(arguments.joined(separator: " "))", errno: 0)
        }
    }
}

/// An HTTPS server on loopback that serves the files in the directory of an authority.
final class TLSServer: Sendable {
    let port: Int
    private let process: pid_t
    /// While this is open the server runs: it ends with the test, however that ends.
    private let lifeline: Int32

    private static let program = """
        import functools, http.server, os, ssl, sys, threading
        directory, name = sys.argv[1:]
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=directory)
        server = http.server.HTTPServer(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{directory}/{name}.pem", f"{directory}/{name}.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    /// - Parameter certificate: `localhost` or `elsewhere`.
    init(_ authority: TestAuthority, certificate: String) throws {
        let input = try Pipe()
        let output = try Pipe()
        var actions = posix_spawn_file_actions_t()
        guard posix_spawn_file_actions_init(&actions) == 0 else { throw TestBroken(doing: "start a server", errno: 0) }
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.reading, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        process = try Child.spawn(
            ["python3", "-c", TLSServer.program, authority.place.path, certificate], &actions)
        close(input.reading)
        close(output.writing)
        lifeline = input.writing
        defer { close(output.reading) }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output.reading, &byte, 1) == 1, byte != 10 { line.append(byte) }
        guard let port = Int(String(decoding: line, as: UTF8.self)) else {
            throw TestBroken(doing: "start a server", errno: 0)
        }
        self.port = port
    }

    func stop() {
        close(lifeline)
        kill(process, SIGKILL)
        _ = try? Child.wait(for: process)
    }

    func location(_ path: String, host: String = "localhost") throws -> Location {
        try Location("https://\(host):\(port)\(path)")
    }
}

/// Two ends that no child inherits.
private struct Pipe {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw TestBroken(doing: "make a pipe", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = ends[0]
        writing = ends[1]
    }
}
