import HostModel

/// The sources of sound bundles with everything that is easily lost: links, names beyond ASCII, twins in letter case.
enum AcceptedSources {
    static func write(to output: Output) throws {
        try writeLinks(to: output)
        try writeUnicodeNames(to: output)
        try writeCaseTwins(to: output)
    }

    private static func writeLinks(to output: Output) throws {
        let place = "accepted/links"
        try output.write(manifest("links", "Links", program: "bin/run"), to: "\(place)/apphost/manifest.json")
        try output.write("#!/bin/sh\necho run\n", to: "\(place)/bin/run", mode: 0o755)
        try output.write("1.2\n", to: "\(place)/lib/libsample.so.1.2")
        // A chain, as of a shared library; one that is alone in its directory; to and through directories.
        try output.link("\(place)/lib/libsample.so.1", to: "libsample.so.1.2")
        try output.link("\(place)/lib/libsample.so", to: "libsample.so.1")
        try output.link("\(place)/current/run", to: "../bin/run")
        try output.link("\(place)/lib64", to: "lib")
        try output.link("\(place)/start", to: "lib/../bin/run")
    }

    private static func writeUnicodeNames(to output: Output) throws {
        let place = "accepted/unicode-names"
        try output.write(manifest("unicode-names", "Ünïcödé"), to: "\(place)/apphost/manifest.json")
        let names = [
            "\u{FC}ber.txt", "\u{65E5}\u{672C}\u{8A9E}/\u{30D5}\u{30A1}\u{30A4}\u{30EB}.txt",
            "family-\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}.txt", "\u{3A9}.txt", "\u{440}\u{443}/\u{43C}.txt",
            "with space.txt", "with \"quotes\".txt", "with 'quotes'.txt", "-dash", "~tilde", "#hash", "$HOME", "%41",
            // Too long for the name field of a tar, and for that with its prefix.
            "long/" + String(repeating: "l", count: 120), "longer/" + String(repeating: "\u{E9}", count: 120),
        ]
        for name in names { try output.write("\(name)\n", to: "\(place)/names/\(name)") }
        try output.link("\(place)/\u{F6}ffnen", to: "names/\u{FC}ber.txt")
    }

    private static func writeCaseTwins(to output: Output) throws {
        let place = "accepted/case-twins"
        try output.write(manifest("case-twins", "Case twins"), to: "\(place)/apphost/manifest.json")
        for path in ["include/ipt_ECN.h", "include/ipt_ecn.h", "man/A/a.1", "man/a/A.1"] {
            try output.write("\(path)\n", to: "\(place)/\(path)")
        }
    }

    private static func manifest(_ id: String, _ name: String, program: String? = nil) -> [UInt8] {
        var members: [JSONValue.Member] = [
            .init("schema", 1.json), .init("id", id.json), .init("name", name.json), .init("version", "1.0.0".json),
        ]
        if let program {
            let launch = JSONValue.object([.init("command", .array([.string(program)]))])
            members.append(.init("launch", launch))
        }
        return JSONValue.object(members).line
    }
}
