import HostModel
import Testing

@testable import Signatures

struct Base64Tests {
    /// RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of RFC 4648 go both ways`(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test func `every byte comes back`() {
        let all = Array(UInt8.min...UInt8.max)
        for count in [254, 255, 256] {
            let some = Array(all.prefix(count))
            #expect(Base64.decode(Base64.encode(some)) == some)
        }
        #expect(Base64.encode([0xFB, 0xFF, 0xBF]) == "+/+/")
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Z", "Z===", "=", "====", "Zm9v====",
        "Zh==", "Zm9=",
        "Zg==Zg==", "Z=g=", "=Zg=",
        "Zm9v\n", "Zm 9v", " Zm9v", "Zm9v ", "Zm\r\n9v",
        "-_-_", "Zm9\u{FF56}", "Zm9.",
    ])
    func `what has another form is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}

struct EnvelopeTests {
    private static let hello = Envelope(
        payloadType: "http://example.com/HelloWorld", payload: Array("hello world".utf8))

    private func read(_ text: String) throws -> Envelope {
        try Envelope.read(Array(text.utf8), file: "signatures.json")
    }

    /// The vector of DSSE's `protocol.md`.
    @Test func `the pre-authentication encoding is DSSE's`() {
        let expected = "DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        #expect(Self.hello.preAuthenticationEncoding == Array(expected.utf8))
    }

    /// What secure-systems-lab/go-securesystemslib tries besides: nothing at all, and a letter of three bytes.
    @Test func `other implementations encode the same`() {
        let nothing = Envelope(payloadType: "", payload: [])
        #expect(nothing.preAuthenticationEncoding == Array("DSSEv1 0  0 ".utf8))
        let letter = Envelope(payloadType: "http://example.com/HelloWorld", payload: Array("\u{CA0}".utf8))
        let expected = "DSSEv1 29 http://example.com/HelloWorld 3 \u{CA0}"
        #expect(letter.preAuthenticationEncoding == Array(expected.utf8))
    }

    /// DSSE's own example is signed with ECDSA. This one was made over the same encoding by OpenSSL, with the key of RFC
    /// 8032 §7.1, test 1.
    @Test func `a signature over the encoding is the known one`() throws {
        let seed = try bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        let expected = try bytes(
            "e031d7dd99f8aa904abc48fb99a13c3bdbbd6e35c49cf2cb9f25d5509d8f5c94"
                + "7c0d22dc2f7403a45bdf24e8f7a41fd23c7b25e898386e8c6c31be8abee60007")
        let key = try Samples.privateKey(seed: seed)
        #expect(Self.hello.signed(with: key).signatures.map(\.signature) == [expected])
        #expect(key.publicKey.verifies(expected, over: Self.hello.preAuthenticationEncoding))
    }

    @Test func `lengths are counted in bytes`() {
        let envelope = Envelope(payloadType: "\u{E4}", payload: [0xFF, 0x00])
        var expected = Array("DSSEv1 2 \u{E4} 2 ".utf8)
        expected.append(contentsOf: [0xFF, 0x00])
        #expect(envelope.preAuthenticationEncoding == expected)
    }

    @Test func `type and payload cannot be exchanged for one another`() {
        let one = Envelope(payloadType: "a", payload: Array("b 1 c".utf8))
        let other = Envelope(payloadType: "a 5 b", payload: Array("c".utf8))
        #expect(one.preAuthenticationEncoding != other.preAuthenticationEncoding)
    }

    @Test func `what is written is read`() throws {
        let envelope = try Self.hello.signed(with: Samples.privateKey(1)).signed(with: Samples.privateKey(2))
        let bytes = envelope.bytes
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(try Envelope.read(bytes, file: "signatures.json") == envelope)
    }

    @Test func `the text is the one of DSSE`() {
        let envelope = Envelope(
            payloadType: "t", payload: Array("foo".utf8), signatures: [EnvelopeSignature(keyid: "k", signature: [0])])
        #expect(
            envelope.json.text == #"{"payloadType":"t","payload":"Zm9v","signatures":[{"keyid":"k","sig":"AA=="}]}"#)
    }

    @Test func `signing twice gives the same bytes in any order`() throws {
        let first = try Samples.privateKey(1)
        let second = try Samples.privateKey(2)
        let once = Self.hello.signed(with: first).signed(with: second)
        #expect(once.signed(with: first) == once)
        #expect(Self.hello.signed(with: second).signed(with: first).bytes == once.bytes)
        let keyids = once.signatures.map(\.keyid)
        #expect(keyids.count == 2)
        #expect(keyids == keyids.sorted())
    }

    @Test func `signing replaces a key's own bad signature and leaves the others`() throws {
        let key = try Samples.privateKey(1)
        let stranger = EnvelopeSignature(keyid: "stranger", signature: [1, 2, 3])
        let bad = EnvelopeSignature(keyid: key.publicKey.keyid.hex, signature: [0])
        let signed = Envelope(payloadType: "t", payload: [1], signatures: [bad, stranger]).signed(with: key)
        #expect(signed.signatures.count == 2)
        #expect(signed.signatures.contains(stranger))
        #expect(!signed.signatures.contains(bad))
        let own = try #require(signed.signatures.first { $0.keyid == key.publicKey.keyid.hex })
        #expect(key.publicKey.verifies(own.signature, over: signed.preAuthenticationEncoding))
    }

    @Test func `unknown keys are ignored`() throws {
        let envelope = try read(
            #"{"x":1,"payloadType":"t","payload":"","signatures":[{"keyid":"k","sig":"","cert":"c"}]}"#)
        #expect(envelope.payload.isEmpty)
        #expect(envelope.signatures == [EnvelopeSignature(keyid: "k", signature: [])])
    }

    @Test(arguments: [
        "",
        "[]",
        #"{"payload":"","signatures":[{"keyid":"k","sig":""}]}"#,
        #"{"payloadType":"t","signatures":[{"keyid":"k","sig":""}]}"#,
        #"{"payloadType":"t","payload":""}"#,
        #"{"payloadType":"t","payload":"","signatures":[]}"#,
        #"{"payloadType":"t","payload":"","signatures":{}}"#,
        #"{"payloadType":"t","payload":"","signatures":[{"sig":""}]}"#,
        #"{"payloadType":"t","payload":"","signatures":[{"keyid":null,"sig":""}]}"#,
        #"{"payloadType":"t","payload":"","signatures":[{"keyid":"k"}]}"#,
        #"{"payloadType":"t","payload":"Zg","signatures":[{"keyid":"k","sig":""}]}"#,
        #"{"payloadType":"t","payload":"","signatures":[{"keyid":"k","sig":"Zh=="}]}"#,
        #"{"payloadType":"t","payload":"","payload":"","signatures":[{"keyid":"k","sig":""}]}"#,
        #"{"payloadType":"t","payload":"","signatures":[{"keyid":"k","sig":"","sig":""}]}"#,
    ])
    func `what is no envelope is refused`(text: String) {
        #expect(throws: RecordError.self) { try read(text) }
    }

    @Test func `a keyid may stand only once`() {
        let problem = "'signatures[1]' is not the only signature with its keyid"
        #expect(throws: RecordError(file: "signatures.json", problem: problem)) {
            try read(
                #"""
                {"payloadType":"t","payload":"",
                 "signatures":[{"keyid":"k","sig":""},{"keyid":"\u006b","sig":"AA=="}]}
                """#)
        }
    }

    @Test func `32 signatures are read and 33 are refused`() throws {
        var signatures = (1...32).map { EnvelopeSignature(keyid: "\($0)", signature: []) }
        let most = Envelope(payloadType: "t", payload: [], signatures: signatures)
        #expect(try Envelope.read(most.bytes, file: "signatures.json").signatures.count == 32)
        signatures.append(EnvelopeSignature(keyid: "33", signature: []))
        let tooMany = Envelope(payloadType: "t", payload: [], signatures: signatures)
        #expect(throws: RecordError.self) { try Envelope.read(tooMany.bytes, file: "signatures.json") }
    }

    @Test func `64 KiB are read and a byte more is refused`() throws {
        let bytes = try Self.hello.signed(with: Samples.privateKey(1)).bytes
        let padding = [UInt8](repeating: 0x20, count: Envelope.limit - bytes.count)
        let longest = bytes + padding
        #expect(try Envelope.read(longest, file: "signatures.json").payload == Self.hello.payload)
        #expect(throws: RecordError.self) { try Envelope.read(longest + [0x20], file: "signatures.json") }
    }
}
