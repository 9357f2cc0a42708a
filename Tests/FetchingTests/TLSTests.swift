import Fetching
import HostModel
import TestSupport
import Testing

@Suite(.enabled(if: TestAuthority.isPossible, "it takes the openssl command and python3 with ssl"))
struct TLSTests {
    private let authority: TestAuthority

    init() throws {
        authority = try TestAuthority()
        try authority.place.write("hello", to: "hello.txt")
    }

    /// Fetches `hello.txt` from a server with a certificate.
    private func fetch(
        certificate: String = "localhost", host: String = "localhost", _ change: (inout FetchOptions) -> Void
    ) async throws -> [UInt8] {
        let server = try TLSServer(authority, certificate: certificate)
        defer { server.stop() }
        return try await Fetcher.withFetcher(quick(change)) { fetcher in
            try await fetcher.bytes(server.location("/hello.txt", host: host), limit: 100)
        }
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a server whose certificate is by the named authority is fetched from`(host: String) async throws {
        let bytes = try await fetch(host: host) { $0.caCertificate = authority.certificate }
        #expect(bytes == Array("hello".utf8))
    }

    @Test func `the environment names authorities by file and by directory`() async throws {
        let byFile = try await fetch { $0.environment = ["SSL_CERT_FILE": authority.certificate] }
        #expect(byFile == Array("hello".utf8))
        let directory = try authority.makeHashedDirectory()
        let byDirectory = try await fetch { $0.environment = ["SSL_CERT_DIR": "/nowhere:\(directory)"] }
        #expect(byDirectory == Array("hello".utf8))
    }

    @Test func `a server whose certificate is by nobody that is trusted is refused`() async throws {
        let error = await failure { _ = try await fetch { _ in } }
        #expect(error?.code == .sourceCertificateInvalid)
        #expect(error?.message.contains("authority") == true)
        #expect(error?.help?.contains("--ca-cert") == true)
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a server whose certificate is for another host is refused`(host: String) async throws {
        let error = await failure {
            _ = try await fetch(certificate: "elsewhere", host: host) { $0.caCertificate = authority.certificate }
        }
        #expect(error?.code == .sourceCertificateInvalid)
        #expect(error?.message.contains("another host") == true)
    }

    @Test func `the named authority alone counts`() async throws {
        let other = try TestAuthority()
        let error = await failure {
            _ = try await fetch { options in
                options.caCertificate = other.certificate
                options.environment = ["SSL_CERT_FILE": authority.certificate]
            }
        }
        #expect(error?.code == .sourceCertificateInvalid)
    }

    @Test func `a file of authorities that cannot be read is told before anything is asked`() async throws {
        try authority.place.write("no certificate", to: "none.pem")
        for file in ["/nowhere.pem", authority.place.path, authority.place.path + "/none.pem"] {
            let error = await failure { _ = try await fetch { $0.caCertificate = file } }
            #expect(error?.code == .settingInvalid)
            #expect(error?.message.contains("--ca-cert") == true)
        }
        let error = await failure { _ = try await fetch { $0.environment = ["SSL_CERT_FILE": "/nowhere.pem"] } }
        #expect(error?.code == .settingInvalid)
        #expect(error?.message.contains("SSL_CERT_FILE") == true)
    }
}
