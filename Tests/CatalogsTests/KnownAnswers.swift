/// Keys and signatures made with pyca/cryptography 48 over the message `apphost`. Their private halves are gone.
enum KnownAnswers {
    static let message = Array("apphost".utf8)

    /// P-256.
    static let p256 = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEgLUDrC9zWoyEfu+0mFW6txY12TDa
        8DAZ7UhJ/ChY2YAfKUIqPEOBV3q4RLqtg3cdUBy+M7pB0aXzYdwj6swKXw==
        -----END PUBLIC KEY-----

        """

    /// The same key, its point compressed.
    static let p256Compressed = """
        -----BEGIN PUBLIC KEY-----
        MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADgLUDrC9zWoyEfu+0mFW6txY12TDa
        8DAZ7UhJ/ChY2YA=
        -----END PUBLIC KEY-----

        """

    /// P-384.
    static let p384 = """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAErKPsTl3IVvDcSU99/TaOCPbTz4AnnWZS
        1FZKWIUnmzx/BbPypmp3I9l0KzmynRTwC3sSLkIzXUam6OeAQEEwIraWCPo3p65s
        8683Nn57jRa7dhuE84WR8THLXwfb6ayu
        -----END PUBLIC KEY-----

        """

    /// RSA, 2048 bits.
    static let rsa2048 = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvgSncCUWc/YyQy/75pEC
        QCEaMR0w8Osgovmm+Upxwg6cYJwe+U+Vpurca1jRVl+nqGSQz2F3ABLP4cVt1wgP
        bOeslDZDNPImpMCgJdlsSF+j6ioXFddJsO2HdJJxlHUzfbTcHXk17AswjZUVTdpz
        EBk+qzObjEnV0ttLO4qz9ZXeAXpUe931Gpe2GfK/8lyhJh3//Em85p10l0Qjp2AC
        FKeJWSiMloNyAZIiPbzWpSqVHMVJNr2gs5rq5q64+hJrCstaPj2MOzyVCfLlbTX7
        ZJm5zGDiAPeg+xbVNTMWKitwTP9nrQmXwipmYfKoTkJLJsulOmC4ybVHkM8GVOyP
        CwIDAQAB
        -----END PUBLIC KEY-----

        """

    /// RSA, 1024 bits: too short.
    static let rsa1024 = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCvlg921YcXsyRUTROusutY6vOJ
        sKT5bT+w+qR++GkCMgm/N/dLMv8c6XeW/TR4OcBdnD7U20kxt61lrUCM4eTFeiRi
        4Bd9faq7pSdw8eOmxjHoQcSM+fc2I3WMUnqCvxDbo7NK3nA/fCBu/Tui7yq75Iwl
        GdYGSY82Lsw7HlYH6wIDAQAB
        -----END PUBLIC KEY-----

        """

    /// By ``p256``: ECDSA with SHA-256.
    static let p256Signature =
        "3046022100a767e2f2058dd0f61afc85a0f3a7d1ba8458a777a1d7521ba78d08e24499e5600221008dc8d595d8d6e76c"
        + "914568b7e7f0327b9f09bbb25beb9ff50d34bb0d1b00ccb4"

    /// By ``p384``: ECDSA with SHA-256.
    static let p384Signature =
        "306602310095105fda38afa66f0a88e7a81ad753cdc7f9dc14431a8460c8292a0f4cdfc2e877994554b1732d61614057"
        + "1e6674dceb023100c0b3540eef754986a17aa8d561c4f7b090da45673f17ce8b4d589845503f5c4c3ccf2ec20e533408"
        + "335d407ca157a461"

    /// By ``rsa2048``: PSS with SHA-256 and a salt of 32 bytes, as TUF repositories make it.
    static let pss32 =
        "39a3a97e7c2f1c0b613971a9bff38e84a566ec25b253e759028d844da67a8c6523ddb762a540a45f0a83ac0d49a0b21a"
        + "c73f58f6efd2b7a81f870638b872a4370a690ad6dcf7024a6565a4b5fca0b3dcf747f1577929e2b2511a4de0f6758de7"
        + "e6b1e810ade42f08d4a2796a3371510f77bca24a08fbe99d4ecf793ebfe2b3a1fee90e8d64be50c8fc1b387d338bbe76"
        + "9566a4f8432ebb33ae996a29e7e8906437d6a365ba6318bf0ba4a8c0b8be5d98f3d1e9a91dc4186b5bf4dbbb5192aaa6"
        + "623b4b0812e2a98bdf5a250a692afdb161f41c2a2253622688337a30c2bfc4720ce7157bf34f62fd0da4fcb76528a334"
        + "453852e691f1bd244be8e4f8f4105dcf"

    /// By ``rsa2048``: PSS with SHA-256 and the longest salt.
    static let pssLongest =
        "a9abb224415a0cb99026085bb295fdbcb1386727f808a71a252a91571b42cd1ba55d360c200f81387d805835f411d149"
        + "60edd2f50e523f019b483db3d852a68c7856c026764330a558f30d970543c08d23bba3caeed4a843b82cd6f37551f7f6"
        + "25e5a0fa0c6acd79fc32d228eadfbe54e45f427034a24c9814040677aed961bfefea4ec45158d5200341857f9ca01ece"
        + "c7c63491571cfc686d9e827558eed6dfe2f4ded65579fa2dfd11e2572441f6d3966b0faf0ea0310137492ea8e630bdb5"
        + "c480fe4cf5312d3c151cdadcc973cb561b6149d5d4c1b702604d6d660efe9ef5a518eaced96700383b88d5a3b5ae1b28"
        + "82b4fd25e66f7b2510086d08ba6dc195"

    /// By ``rsa2048``: PSS with SHA-256 and no salt.
    static let pssUnsalted =
        "3461ee27e92344386bd7e744eb0a99ae759d20c862615398b5a78372357b6324eb1d1f835d5a3756ff18f5586f9a6dde"
        + "26f2133af546cd0c272a118ae610f605b9f7ea9bd20eff657feccda202a92af44c0f84fcf993e57bee858cd4661cf23a"
        + "275b96eac1e7a0a16cdbb8af58b585079975a41e55b8f075a7f6676dde0135f9ce7f9717af9a1606717eea9766ad6f45"
        + "0e515ab8bc50ad6be4e7db24d5c45a32e54e677c1fa6180a214a9ea25f7753c2926a3782f659d570c75cb4443088a2d0"
        + "c7c67c4f81d13ebc9af3bed545c689ed18d2e47563f21bd4d2c360c1c794d34077ad1d6ca4376c38f8c115ecf1173d03"
        + "d1e6cac20bd54388030e9658b016865e"

    /// By ``rsa2048``: PKCS #1 v1.5 with SHA-256.
    static let pkcs1 =
        "32f1d4985baa979247b27e850587490823e92bc42eacb8bdc4eb14422c709b6f8127508be51a5bac218a88be3a7819b0"
        + "bfc1ffcadf1b1e8afdeb68baabedff000068f385130fbc7443a7485198d368b3972cbbe303ff693b6873702e9ded37ba"
        + "307b5854063c70deebc3f0ad873ff88b7f2d29ed50bf467d4acaf7099b51b83e133fcfcda3c4b73459ec8e9a721e2924"
        + "1f40966ee535bafbcdf765d360a2800796a2bea856af07a715eb1b21c3c6049ac0c77fcde5e191286e1827880a753d6d"
        + "96041db317e4e1c8fbe10d6555655ad3203dda06048de1a5b003ed4f29457fec7f544339c1d8c76bb802394011174438"
        + "b89df6914152f9f7275592f04843a664"

    /// By ``rsa2048``: PSS with SHA-512.
    static let pssSHA512 =
        "9ed8eb7a257c8917ddb1f95c1e5d6d188123edeb67b647290ef57e31b18990e92b8d2f0326d5035d6181047cee84e43d"
        + "ac45fdc8a28d4cfeaf92f2adb854b54b848ad47bb271351a51082d1baeefe5732595e08307031a591b603cb0828af064"
        + "a80b2699b0b6f43ef95c76316c9f1500eeda680ed8285c0d0ff21984f4aa217d9298cb7612561a882765b832aca84afd"
        + "f560ac39ace3517ef36cc746aaf63b90a8e4c86f832d0d804fae7f836d4b7d7b411505569e6e2689fedce8fdeaa475cf"
        + "a4939aee7f17c65baebe73cf8579842647ed00ac1c58fbaec4b40b17ac6772e8b2981d41591d0b5ef535b99159028dee"
        + "24a228258cb3f495259a96fa0093ceda"

    /// By ``rsa1024``: PSS with SHA-256 and a salt of 32 bytes.
    static let pss1024 =
        "8a7322bb91f6810e4f69b27697eed3f4c17937444e071bdc82f63ee091eb1af56b2777a134369571c3d6044b3564052d"
        + "b08ad2ef076ae0dd661899c88403f95cc1eaab27e13698f663f99dac9f3a25224eca9763b50283808a65c8ef10885b5a"
        + "c0b75bce201c6ba2eec23a7c25ddf0c95d7a697cf1ba4a43f51d77877eeb5fa2"

    /// SHA-256 of the canonical key objects, by Python's hashlib.
    static let p256Keyid = "168fb07ce1eef4091e6766bea1f0c879ecc246214414423592f9687ab649947e"
    /// With one more member, `"x-owner": "@a"`.
    static let p256OwnedKeyid = "67176e67bd3f727c697a09a7a3367f554daf22cab07819cc526e883b90606e60"
    static let rsaKeyid = "b39aec293ca5e49af7193313dc62c38795b66740354565122ed3b512a6b1caee"
}
