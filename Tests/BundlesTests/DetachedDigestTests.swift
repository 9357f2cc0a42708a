import HostModel
import Testing

@testable import Bundles

/// What stands in `NAME.sha256` beside an archive.
struct DetachedDigestTests {
    private static let hex = "0bf474896363505e5ea5e5d6ace8ebfb13a760a409b1fb467d428fc716f9f284"

    private func digest(_ content: String) -> ContentDigest? {
        DetachedDigest.parse(Array(content.utf8), for: "bundles/notes-1.0.zip")
    }

    @Test(
        arguments: [
            "\(hex)  notes-1.0.zip\n", "\(hex) *notes-1.0.zip\n", "\(hex)  notes-1.0.zip",
            "\(hex)  dist/notes-1.0.zip\n",
            "\(hex)  /srv/dist/notes-1.0.zip\n", "\n\(hex)  notes-1.0.zip\n\n",
        ])
    func `a line of sha256sum for this archive is its digest`(content: String) {
        #expect(digest(content)?.hex == Self.hex)
    }

    @Test(
        arguments: [
            "", "\n", hex, "\(hex)  ", "\(hex)  wiki-1.0.zip\n", "\(hex)  my-notes-1.0.zip\n",
            "\(hex)  notes-1.0.zip/\n",
            "\(hex)  notes-1.0.zip.bak\n", "\(hex)  dist\\notes-1.0.zip\n", "\(hex)   notes-1.0.zip\n",
            "\(hex) notes-1.0.zip\n", "\(hex)\t notes-1.0.zip\n", "\(hex.uppercased())  notes-1.0.zip\n",
            "\(hex.dropLast())  notes-1.0.zip\n", "\(hex)0  notes-1.0.zip\n", "\\\(hex)  notes-1.0.zip\n",
            "\(hex)  notes-1.0.zip\n\(hex)  notes-1.0.zip\n", "\(hex)  notes-1.0.zip\r\n",
        ])
    func `anything else is none`(content: String) {
        #expect(digest(content) == nil)
    }

    /// To Swift the two are the same text.
    @Test func `a name that is written with other bytes is another name`() {
        let line = Array("\(Self.hex)  cafe\u{301}.zip\n".utf8)
        #expect(DetachedDigest.parse(line, for: "caf\u{E9}.zip") == nil)
        #expect(DetachedDigest.parse(line, for: "cafe\u{301}.zip")?.hex == Self.hex)
    }
}
