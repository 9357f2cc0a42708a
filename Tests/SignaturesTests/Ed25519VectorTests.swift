import Glibc
import HostModel
import Testing

@testable import Signatures

/// What public vectors say of Ed25519: the cases that matter as facts, and the whole files where they are named.
///
/// Sources: C2SP/wycheproof `testvectors_v1/ed25519_test.json` (Apache-2.0), C2SP/CCTV `ed25519/ed25519vectors.json`,
/// novifinancial/ed25519-speccheck `cases.json` (Apache-2.0). OpenSSL 3.0 accepts 208 of the 914 of CCTV, and 0 to 3 and
/// 11 of speccheck.
struct Ed25519VectorTests {
    /// One signature over one message by one key, in hexadecimal.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let isAccepted: Bool
        let key: String
        let message: String
        let signature: String

        /// - Parameters:
        ///   - r: the first 32 bytes of the signature.
        ///   - s: the rest, however long.
        init(_ name: String, isAccepted: Bool, key: String, message: String, r: String, s: String) {
            testDescription = name
            self.isAccepted = isAccepted
            self.key = key
            self.message = message
            signature = r + s
        }
    }

    static let cases: [Case] = [
        Case(
            "Wycheproof 84: S just under the group order", isAccepted: true,
            key: "100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86",
            message: "124e583f8b8eca58bb29c271b41d36986bbc45541f8e51f9cb0133eca447601e",
            r: "dac119d6ca87fc59ae611c157048f4d4fc932a149dbe20ec6effd1436abf83ea",
            s: "05c7df0fef06147241259113909bc71bd3c53ba4464ffcad3c0968f2ffffff0f"),
        Case(
            "Wycheproof 114: an overflow in signing", isAccepted: true,
            key: "037b55b427dc8daa0f80fcebaf0846902309f8a6cf18b465c0ce9b6539629ac8",
            message: "01234567",
            r: "c964e100033ce8888b23466677da4f4aea29923f642ae508f9d0888d78815063",
            s: "6ab9b2c3765e91bbb05153801114d9e52dc700df377212222bb766be4b8c020d"),
        Case(
            "Wycheproof 119: an error in arithmetic", isAccepted: true,
            key: "4abfb535313705a6570018440cdec1a3ae33e51f352112fa6acbd0c6bc3ea859",
            message: "321b5f663c19e30ee7bbb85e48ecf44db9d3f512",
            r: "f296715e855d8aecccba782b670163dedc4458fe4eb509a856bcac450920fd2e",
            s: "95a3a3eb212d2d9ccaf948c39ae46a2548af125f8e2ad9b77bd18f92d59f9200"),
        Case(
            "Wycheproof 10: special values of R and S", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "3f",
            r: "0000000000000000000000000000000000000000000000000000000000000000",
            s: "0000000000000000000000000000000000000000000000000000000000000000"),
        Case(
            "Wycheproof 30: empty", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "54657374",
            r: "",
            s: ""),
        Case(
            "Wycheproof 31: S is missing", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "54657374",
            r: "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0",
            s: ""),
        Case(
            "Wycheproof 33: too long", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "54657374",
            r: "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0",
            s: "7a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b30d2020"),
        Case(
            "Wycheproof 35: a zero before it", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "54657374",
            r: "007c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774a",
            s: "b07a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b30d"),
        Case(
            "Wycheproof 38: a zero cut out of it", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "546573743137",
            r: "93de3ca252426c95f735cb9edd92e83321ac62372d5aa5b379786bae111ab6b1",
            s: "7251330e8f9a7c30d6993137c596007d7b001409287535ac4804e662bc58a3"),
        Case(
            "Wycheproof 42: a bit of R", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "313233343030",
            r: "647c1492402ab5ce03e2c3a7f0384d051b9cf3570f1207fc78c1bcc98c281c2b",
            s: "1d125e5538f38afbcc1c84e489521083041d24bc6240767029da063271a1ff0c"),
        Case(
            "Wycheproof 59: the sign of R", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "313233343030",
            r: "657c1492402ab5ce03e2c3a7f0384d051b9cf3570f1207fc78c1bcc98c281cab",
            s: "227aedf259f910f0f3a759a335062665217925d019173b88917eae294f75d40f"),
        Case(
            "Wycheproof 60: R is 0", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "313233343030",
            r: "0000000000000000000000000000000000000000000000000000000000000000",
            s: "e0b8e7770d51c7a36375d006c5bffd6af43ff54aaf47e4330dc118c71d61ec02"),
        Case(
            "Wycheproof 63: S + L", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "54657374",
            r: "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0",
            s: "67654bce3832c2d76f8f6f5dafc08d9339d4eef676573336a5c51eb6f946b31d"),
        Case(
            "Wycheproof 66: S + 8L", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "54657374",
            r: "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0",
            s: "e2300459f1e742404cd934d2c595a6253ad4eef676573336a5c51eb6f946b38d"),
        Case(
            "Wycheproof 69: S + 2^255", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "54657374",
            r: "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0",
            s: "7a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b38d"),
        Case(
            "Wycheproof 70: S + p", isAccepted: false,
            key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
            message: "54657374",
            r: "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0",
            s: "679155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b38d"),
        Case(
            "Wycheproof 85: S just above the group order", isAccepted: false,
            key: "100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86",
            message: "6a0bc2b0057cedfc0fa2e3f7f7d39279b30f454a69dfd1117c758d86b19d85e0",
            r: "0971f86d2c9c78582524a103cb9cf949522ae528f8054dc20107d999be673ff4",
            s: "e25ebf2f2928766b1248bec6e91697775f8446639ede46ad4df4053000000010"),
        Case(
            "Wycheproof 151: R is 1 with the sign of x", isAccepted: false,
            key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "313233343030",
            r: "0100000000000000000000000000000000000000000000000000000000000080",
            s: "c803ee1f2342aa96ff698a393d1ab5e66f3eda101d6d120b394c3fd32c117d0a"),
        Case(
            "CCTV 305: nothing wrong", isAccepted: true,
            key: "ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076",
            message: "65643235353139766563746f72732035",
            r: "b62cf890de42c413b11b1411c9f01f1c4d77aa87ef182258d1251f69af2a3506",
            s: "40657f1cb030f12543549bbabd848dc6403d354e7c99c4d0dcee9f63c9033b00"),
        Case(
            "CCTV 7: key and R with a part of small order", isAccepted: true,
            key: "10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
            message: "65643235353139766563746f7273",
            r: "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b",
            s: "bbfd00bd9c259d8d222d15e67a3d8228585050dbb9b9585be20d8fadc721da03"),
        Case(
            "CCTV 50: key with a part of small order", isAccepted: true,
            key: "10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
            message: "65643235353139766563746f72732035",
            r: "b62cf890de42c413b11b1411c9f01f1c4d77aa87ef182258d1251f69af2a3506",
            s: "08f32d206a7c0b7efa9a59e66546e8f1f599ef843fb502c9cc3c4ae8b7c11e05"),
        Case(
            "CCTV 1: key and R of small order", isAccepted: false,
            key: "0000000000000000000000000000000000000000000000000000000000000000",
            message: "65643235353139766563746f7273203131",
            r: "0000000000000000000000000000000000000000000000000000000000000000",
            s: "0000000000000000000000000000000000000000000000000000000000000000"),
        Case(
            "CCTV 3: key of small order", isAccepted: false,
            key: "0000000000000000000000000000000000000000000000000000000000000000",
            message: "65643235353139766563746f72732033",
            r: "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b",
            s: "05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02"),
        Case(
            "CCTV 5: R of small order", isAccepted: false,
            key: "10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
            message: "65643235353139766563746f72732033",
            r: "0000000000000000000000000000000000000000000000000000000000000000",
            s: "9472a69cd9a701a50d130ed52189e2455b23767db52cacb8716fb896ffeeac09"),
        Case(
            "CCTV 9: key of small order, written otherwise, and R", isAccepted: false,
            key: "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            message: "65643235353139766563746f72732036",
            r: "0000000000000000000000000000000000000000000000000000000000000000",
            s: "0000000000000000000000000000000000000000000000000000000000000000"),
        Case(
            "CCTV 11: key of small order, written otherwise", isAccepted: false,
            key: "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            message: "65643235353139766563746f7273",
            r: "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b",
            s: "05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02"),
        Case(
            "CCTV 35: key of small order, written otherwise, hashed as it should be written", isAccepted: false,
            key: "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            message: "65643235353139766563746f72732039",
            r: "b797b156efcd45a4e2454d2fd0b21438b3ccd80d4c7fd1d1b2c8e55bd4ed4a94",
            s: "05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02"),
        Case(
            "CCTV 188: the same, and R without such a part", isAccepted: false,
            key: "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            message: "65643235353139766563746f7273203135",
            r: "b62cf890de42c413b11b1411c9f01f1c4d77aa87ef182258d1251f69af2a3506",
            s: "05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02"),
        Case(
            "CCTV 303: key of small order alone", isAccepted: false,
            key: "0100000000000000000000000000000000000000000000000000000000000000",
            message: "65643235353139766563746f72732035",
            r: "b62cf890de42c413b11b1411c9f01f1c4d77aa87ef182258d1251f69af2a3506",
            s: "05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02"),
        Case(
            "CCTV 304: R of small order alone", isAccepted: false,
            key: "ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076",
            message: "65643235353139766563746f72732037",
            r: "0100000000000000000000000000000000000000000000000000000000000000",
            s: "330b30d6c1f07511e2208d233b6a34d4ed7109da2dea615bcd97daee3a842704"),
        Case(
            "CCTV 306: the identity, written otherwise", isAccepted: false,
            key: "0100000000000000000000000000000000000000000000000000000000000080",
            message: "65643235353139766563746f72732036",
            r: "0100000000000000000000000000000000000000000000000000000000000000",
            s: "0000000000000000000000000000000000000000000000000000000000000000"),
        Case(
            "speccheck 0", isAccepted: false,
            key: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            message: "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
            r: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            s: "0000000000000000000000000000000000000000000000000000000000000000"),
        Case(
            "speccheck 1", isAccepted: false,
            key: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            message: "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
            r: "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
            s: "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"),
        Case(
            "speccheck 2", isAccepted: false,
            key: "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
            message: "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
            r: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            s: "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e"),
        Case(
            "speccheck 3", isAccepted: true,
            key: "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
            message: "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
            r: "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f",
            s: "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009"),
        Case(
            "speccheck 4", isAccepted: false,
            key: "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
            message: "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
            r: "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512",
            s: "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09"),
        Case(
            "speccheck 5", isAccepted: false,
            key: "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
            message: "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
            r: "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7",
            s: "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405"),
        Case(
            "speccheck 6", isAccepted: false,
            key: "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
            message: "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
            r: "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e",
            s: "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514"),
        Case(
            "speccheck 7", isAccepted: false,
            key: "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
            message: "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
            r: "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942",
            s: "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22"),
        Case(
            "speccheck 8", isAccepted: false,
            key: "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
            message: "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
            r: "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            s: "03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f"),
        Case(
            "speccheck 9", isAccepted: false,
            key: "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
            message: "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
            r: "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            s: "ca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908"),
        Case(
            "speccheck 10", isAccepted: false,
            key: "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            message: "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
            r: "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc",
            s: "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"),
        Case(
            "speccheck 11", isAccepted: false,
            key: "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            message: "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
            r: "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc",
            s: "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"),
    ]

    @Test(arguments: Ed25519VectorTests.cases)
    func `a public vector is accepted or refused as it should be`(vector: Case) throws {
        let message = try bytes(vector.message)
        let isAccepted = try accepts(vector.signature, over: message, by: vector.key)
        #expect(isAccepted == vector.isAccepted)
    }

    // MARK: Whole files

    @Test(.enabled(if: VectorFile.areNamed, "it takes APPHOST_VECTORS, the folder of the files"))
    func `Wycheproof comes out as marked`() throws {
        var groups = try VectorFile.record("wycheproof.json")
        var asMarked = 0
        var count = 0
        for field in try groups.required("testGroups").array() {
            var group = try field.record()
            var object = try group.required("publicKey").record()
            let key = try object.required("pk").string()
            for field in try group.required("tests").array() {
                var test = try field.record()
                let id = try test.required("tcId").integer()
                let message = try bytes(test.required("msg").string())
                let isValid = try test.required("result").string() == "valid"
                let isAsMarked = try accepts(test.required("sig").string(), over: message, by: key) == isValid
                #expect(isAsMarked, "Wycheproof \(id)")
                count += 1
                if isAsMarked { asMarked += 1 }
            }
        }
        #expect(count == 151)
        #expect(asMarked == 151)
    }

    @Test(.enabled(if: VectorFile.areNamed, "it takes APPHOST_VECTORS, the folder of the files"))
    func `CCTV finds no key or R of small order and no second encoding accepted`() throws {
        let forbidden: Set<String> = ["low_order_A", "non_canonical_A", "low_order_R", "non_canonical_R"]
        var accepted = 0
        var count = 0
        for var test in try VectorFile.list("cctv.json") {
            let id = try test.required("number").integer()
            let key = try test.required("key").string()
            let message = try Array(test.required("msg").string().utf8)
            let isAccepted = try accepts(test.required("sig").string(), over: message, by: key)
            let flags = try test.optional("flags")?.strings() ?? []
            if isAccepted {
                #expect(forbidden.isDisjoint(with: flags), "CCTV \(id)")
                accepted += 1
            }
            count += 1
        }
        #expect(count == 914)
        // A Python model of these rules over OpenSSL 3.0's cofactorless check accepts as many: no honest one is lost.
        #expect(accepted == 43)
    }

    @Test(.enabled(if: VectorFile.areNamed, "it takes APPHOST_VECTORS, the folder of the files"))
    func `of speccheck only case 3 is accepted`() throws {
        var accepted: [Int] = []
        let tests = try VectorFile.list("speccheck.json")
        for (index, test) in tests.enumerated() {
            var test = test
            let key = try test.required("pub_key").string()
            let message = try bytes(test.required("message").string())
            if try accepts(test.required("signature").string(), over: message, by: key) { accepted.append(index) }
        }
        #expect(tests.count == 12)
        #expect(accepted == [3])
    }

    /// The way of a host: the key from the text of its file, which may refuse it, and then the signature.
    private func accepts(_ signature: String, over message: [UInt8], by key: String) throws -> Bool {
        let file: JSONValue = ["keytype": "ed25519", "scheme": "ed25519", "keyval": ["public": key] as JSONValue]
        let signature = try bytes(signature)
        guard let key = try? PublicKey.read(file.bytes, file: "vector.pub") else { return false }
        return key.verifies(signature, over: message)
    }
}

/// The whole public files, in the folder that `APPHOST_VECTORS` names: `make vectors VECTORS=FOLDER`.
private enum VectorFile {
    private static let folder = getenv("APPHOST_VECTORS").map { String(cString: $0) } ?? ""

    static let areNamed = !folder.isEmpty

    static func record(_ name: String) throws -> JSONRecord {
        try JSONRecord(contents(name), file: name, limit: limit)
    }

    /// The objects of a file that is a list.
    static func list(_ name: String) throws -> [JSONRecord] {
        var text = Array("{\"list\":".utf8)
        text.append(contentsOf: try contents(name))
        text.append(UInt8(ascii: "}"))
        var record = try JSONRecord(text, file: name, limit: limit)
        var records: [JSONRecord] = []
        for field in try record.required("list").array() { records.append(try field.record()) }
        return records
    }

    private static let limit = 1 << 20

    private static func contents(_ name: String) throws -> [UInt8] {
        guard let file = fopen("\(folder)/\(name)", "rb") else {
            throw RecordError(file: name, problem: "it cannot be opened")
        }
        defer { fclose(file) }
        let size = 1 << 16
        var buffer = [UInt8](repeating: 0, count: size)
        var bytes: [UInt8] = []
        while true {
            let count = fread(&buffer, 1, size, file)
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
