import Glibc
import NIOSSL

/// Whose certificates are trusted.
struct Authorities {
    private static let fileVariable = "SSL_CERT_FILE"
    private static let directoryVariable = "SSL_CERT_DIR"

    static let variables = [fileVariable, directoryVariable]

    /// More than any collection of authorities has.
    private static let limit = 16 << 20

    private let options: FetchOptions

    init(_ options: FetchOptions) { self.options = options }

    /// What `caCertificate` names; else what the environment names; else what the system has.
    ///
    /// - Throws: ``FetchError/settingInvalid(name:problem:)``.
    func configuration() throws(FetchError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let path = options.caCertificate {
            configuration.trustRoots = .certificates(try Self.certificates(in: path, named: "--ca-cert"))
            return configuration
        }
        let file = options.environment[Self.fileVariable] ?? ""
        let directories = (options.environment[Self.directoryVariable] ?? "").split(separator: ":").map { String($0) }
        if file.isEmpty && directories.isEmpty { return configuration }
        var certificates = try file.isEmpty ? [] : Self.certificates(in: file, named: Self.fileVariable)
        for directory in directories {
            for path in Self.hashedFiles(in: directory) {
                certificates += try Self.certificates(in: path, named: Self.directoryVariable)
            }
        }
        configuration.trustRoots = .certificates(certificates)
        return configuration
    }

    /// The certificates of a directory as `openssl rehash` makes it: `<8 hex digits>.<number>`. A directory that is not
    /// there has none, as for OpenSSL.
    private static func hashedFiles(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var paths: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].count == 8, parts[0].allSatisfy(\.isHexDigit), Int(parts[1]) != nil else {
                continue
            }
            paths.append("\(directory)/\(name)")
        }
        return paths.sorted()
    }

    private static func certificates(in path: String, named name: String) throws(FetchError) -> [NIOSSLCertificate] {
        var bytes: [UInt8] = []
        do throws(FetchError) {
            try LocalFile(path).read(limit: Int64(limit)) { bytes.append(contentsOf: $0) }
        } catch {
            throw FetchError.settingInvalid(name: name, problem: error.message)
        }
        do {
            return try NIOSSLCertificate.fromPEMBytes(bytes)
        } catch {
            throw FetchError.settingInvalid(name: name, problem: "the file has no certificate in PEM")
        }
    }
}
