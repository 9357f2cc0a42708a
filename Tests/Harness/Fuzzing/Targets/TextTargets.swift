import Bundles
import HostModel

enum TextTargets {
    /// What was read is written to a text that means the same, and so is its canonical form.
    static func strictJSON(_ input: [UInt8]) throws -> Bool {
        let value: JSONValue
        do throws(StrictJSON.SyntaxError) { value = try StrictJSON.parse(input) } catch {
            try require((0...input.count).contains(error.offset), "a syntax error stands in the text")
            try require(isPlain(error.problem), "a syntax error has no control characters")
            return false
        }
        guard let again = try? StrictJSON.parse(value.bytes) else {
            throw BrokenProperty(description: "what was written is refused")
        }
        try require(again.isSame(as: value), "what was written is read as the same")
        try require(again.bytes == value.bytes, "the same value is written in the same way")
        try canonicalForm(CanonicalJSON.bytes(value))
        return true
    }

    /// A canonical form is that of what it says. One with control characters is no text that is read, only hashed.
    static func canonicalForm(_ bytes: [UInt8]) throws {
        guard bytes.allSatisfy({ $0 >= 0x20 }) else { return }
        guard let value = try? StrictJSON.parse(bytes) else {
            throw BrokenProperty(description: "a canonical form is refused")
        }
        try require(CanonicalJSON.bytes(value) == bytes, "a canonical form is its own")
    }

    /// A manifest has no writer. It says the same without its spaces, and in any order of its keys.
    static func manifest(_ input: [UInt8]) throws -> Bool {
        guard let manifest = try accepted({ try Manifest.read(input) }) else { return false }
        guard case .object(let members)? = try? StrictJSON.parse(input) else {
            throw BrokenProperty(description: "a manifest is a JSON object")
        }
        for order in [members, members.reversed()] {
            let again = try accepted { try Manifest.read(JSONValue.object(order).bytes) }
            try require(again == manifest, "a manifest says the same in any order")
        }
        return true
    }

    /// It gives one digest, the one that the line begins with, for a file of this name.
    static func detachedDigest(_ input: [UInt8]) throws -> Bool {
        let name = "notes-1.0.zip"
        guard let digest = DetachedDigest.parse(input, for: "bundles/\(name)") else { return false }
        let lines = input.split(separator: UInt8(ascii: "\n"))
        try require(lines.count == 1, "there is one line")
        try require(lines[0].starts(with: digest.hex.utf8), "the line begins with the digest")
        try require(lines[0].suffix(name.utf8.count).elementsEqual(name.utf8), "the line ends with the archive's name")
        return true
    }
}
