import HostModel
import Testing

@testable import Signatures

struct PrivateKeyTests {
    /// `openssl genpkey -algorithm ed25519` of OpenSSL 3.0.19.
    private static let ed25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIIw5g2cougpeChzzu0lTAZvsKd8gb4Swb7tjjRaMtElx
        -----END PRIVATE KEY-----

        """

    /// Its last 32 bytes of `openssl pkey -pubout -outform DER`.
    private static let publicHex = "d9ea6f6e3503b1dd46dac037b10b500f2e03e4569f4fa3308536d86dab48cb01"

    /// The same key after `openssl pkey -aes256 -passout pass:x`.
    private static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjm9h1/wUCvSwICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEH9di9cI6Xw4i3p8Ecc3E3MEQEGo
        DLCb9kEdISUVjXXVw7WI4/saNZ7VJL+FXat6LIio4IvRJSsOXMHItQ2FniMvhdmc
        2OHrpDaFGDK0bXEksEM=
        -----END ENCRYPTED PRIVATE KEY-----

        """

    /// `openssl genrsa 1024`: too short for anything but a test.
    private static let rsa = """
        -----BEGIN PRIVATE KEY-----
        MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAM71oPERjhC7WKnE
        q91bBLOKbjpzOHkOprwzn7LrYmZUAq5a8zcDOzn2P7jvT3fDh6toeN/G7YokBs5y
        w5PyolCll3RqHzRLwjs10ehTatkBQ9TWhvKRaOU7Nu/fPnzo/VSwhGQEBRby9V0l
        zDbdvTXb/UpV7eZ05QR9Omvh7B6tAgMBAAECgYAudLaOxmkEWnl5ijsl8gNpJd6+
        YhTAH8jPoCrt56Zr39nGN4Y2yBPoW91L7vQApzRyBn5zhNzXUGTyvJIoSKOkXVc7
        BOjmXU7bAbr43yERSzJ7Tw9bEEwXMAT+bH1hu+08kyfMvO6nvv3NtN31I7K6ylVe
        FOSFbi+v3v5WZWG/RQJBAOyOkImmwZGEXu/XohtZDi3e/kOKNZURoHpt9vmrPGdR
        1FNsRDHvE+nUa+WuYfEKtJ/5NoeKRo9pohJWayou498CQQDf+EzBg4u7AOVdR3nr
        HoF40hifXao3DWgB6tibleSnWHxEclIHqOPOKUzycKo1dQPnj8FrvpQ1GASyPCd+
        gG7zAkEAlH0A+Yb1ZpSCy2a92RDTt7OMQ3UUIViJNZClQR9dsTVKZHtHa1i5VUQD
        3o7R5+5iZzCWLAp+NDOIip44cqgwXQJAeyUI/vWXJJEPi8Q7Er3JLmdGRom3h2GF
        qFg6FQHLoP+UBAZfd/qylq46sqqjy5S1OuLd1KIK106HdoCArptrZQJAe2KxCqml
        wD73WMFvtnFY/N1BH5VeI8Gd8gtQh8mI3CLvxR3/cXPx4juT2ibcaJp9HdCq3xfy
        wQPE/imffyrHlw==
        -----END PRIVATE KEY-----

        """

    /// `openssl genpkey -algorithm x25519`: of the same length, for another purpose.
    private static let x25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VuBCIEIKDb9P+6vK2IanSv4R1/BsBQKDB8HIxCwzD2rqLN1bNm
        -----END PRIVATE KEY-----

        """

    private func read(_ text: String) throws -> PrivateKey {
        try PrivateKey(pem: Array(text.utf8), file: "notes.key")
    }

    /// The problem that reading `text` as a key ends with.
    private func refusal(of text: String) -> String? {
        let thrown = #expect(throws: SignatureError.self) { try read(text) }
        guard let error = thrown, case .keyInvalid(let file, let problem) = error else { return nil }
        #expect(file == "notes.key")
        return problem
    }

    @Test func `a key made by openssl is read and written byte for byte`() throws {
        let key = try read(Self.ed25519)
        #expect(Hex.text(key.publicKey.bytes) == Self.publicHex)
        #expect(key.pem == Array(Self.ed25519.utf8))
    }

    @Test func `text around the block and other line ends do not matter`() throws {
        let lines = Self.ed25519.split(separator: "\n").joined(separator: "\r\n")
        let key = try read("a key of mine\r\n\(lines)\r\n")
        #expect(Hex.text(key.publicKey.bytes) == Self.publicHex)
    }

    @Test func `a new key is written, read and signs alike`() throws {
        let key = PrivateKey.generate()
        let message = Array("hello world".utf8)
        let again = try PrivateKey(pem: key.pem, file: "notes.key")
        #expect(again.publicKey == key.publicKey)
        #expect(again.sign(message) == key.sign(message))
        #expect(key.publicKey.verifies(again.sign(message), over: message))
        #expect(!key.publicKey.verifies(again.sign(message), over: []))
    }

    @Test func `two new keys differ`() {
        #expect(PrivateKey.generate().publicKey != PrivateKey.generate().publicKey)
    }

    @Test func `an encrypted key is refused without asking for its passphrase`() {
        #expect(refusal(of: Self.encrypted) == "it is encrypted; 'openssl pkey -in FILE -out FILE' decrypts it")
    }

    /// With the label of an unencrypted key, and with the header of the older encryption.
    @Test func `a key whose label hides its encryption is refused without asking`() {
        let lines = Self.encrypted.split(separator: "\n").dropFirst().dropLast().joined(separator: "\n")
        let relabelled = "-----BEGIN PRIVATE KEY-----\n\(lines)\n-----END PRIVATE KEY-----\n"
        let header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n"
        let body = Self.ed25519.split(separator: "\n").dropFirst().joined(separator: "\n")
        let expected = "its 'PRIVATE KEY' block is damaged or encrypted"
        #expect(refusal(of: relabelled) == expected)
        #expect(refusal(of: "-----BEGIN PRIVATE KEY-----\n\(header)\n\(body)\n") == expected)
    }

    @Test func `keys of another kind are refused`() {
        #expect(refusal(of: Self.rsa) == "it is no Ed25519 key")
        #expect(refusal(of: Self.x25519) == "it is no Ed25519 key")
        #expect(
            refusal(of: "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n")
                == "it begins with 'RSA PRIVATE KEY', not 'PRIVATE KEY'")
        #expect(
            refusal(of: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
                == "it begins with 'PUBLIC KEY', not 'PRIVATE KEY'")
    }

    @Test func `a damaged block is refused`() {
        let expected = "its 'PRIVATE KEY' block is damaged or encrypted"
        #expect(refusal(of: "-----BEGIN PRIVATE KEY-----\nMC4D\n-----END PRIVATE KEY-----\n") == expected)
        #expect(refusal(of: "-----BEGIN PRIVATE KEY-----\n") == expected)
        #expect(refusal(of: "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n") == expected)
    }

    @Test func `what is no PEM is refused`() {
        let expected = "it is no PEM file with 'BEGIN PRIVATE KEY'"
        #expect(refusal(of: "") == expected)
        #expect(refusal(of: "{}") == expected)
        #expect(refusal(of: "----BEGIN PRIVATE KEY----\n") == expected)
    }

    @Test func `a file over 64 KiB is refused`() {
        let padding = String(repeating: "\n", count: 64 << 10)
        #expect(refusal(of: Self.ed25519 + padding) == "it is longer than 64 KiB")
    }
}
