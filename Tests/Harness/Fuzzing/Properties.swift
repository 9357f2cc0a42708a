import HostModel

/// What must hold of every input and does not hold of one: a finding, as a trap is.
package struct BrokenProperty: Error, CustomStringConvertible {
    package let description: String
}

/// - Throws: ``BrokenProperty``, which says `property`, where it does not hold.
func require(_ holds: Bool, _ property: String) throws {
    guard holds else { throw BrokenProperty(description: property) }
}

/// What `read` yields; nil where it refuses.
///
/// Even a refusal has a property: it is a ``Failure``, and its words do nothing to a terminal but show themselves,
/// whatever of the input they repeat.
func accepted<Value>(_ read: () throws -> Value) throws -> Value? {
    do {
        return try read()
    } catch let broken as BrokenProperty {
        throw broken
    } catch let failure as any Failure {
        try require(!failure.message.isEmpty, "a refusal says why")
        try require(isPlain(failure.message) && isPlain(failure.help ?? ""), "a refusal has no control characters")
        return nil
    } catch {
        throw BrokenProperty(description: "it refused with what is no failure: \(error)")
    }
}

/// Whether `read` accepts `input`. What it accepts must be the same once it was written and read again.
func roundTrip<Value: Equatable>(
    _ input: [UInt8], read: ([UInt8]) throws -> Value, write: (Value) -> [UInt8]
) throws -> Bool {
    guard let value = try accepted({ try read(input) }) else { return false }
    let written = write(value)
    guard let again = try accepted({ try read(written) }) else {
        throw BrokenProperty(description: "what was written is refused")
    }
    try require(again == value, "what was written is read as the same")
    try require(write(again) == written, "the same value is written in the same way")
    return true
}

func isPlain(_ text: String) -> Bool { !text.unicodeScalars.contains(where: \.isControl) }

extension JSONValue {
    /// Whether both are the same value with its members in the same order; strings are compared as bytes.
    func isSame(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let two)): one == two
        case (.integer(let one), .integer(let two)): one == two
        case (.string(let one), .string(let two)): one.utf8.elementsEqual(two.utf8)
        case (.array(let one), .array(let two)): one.elementsEqual(two) { $0.isSame(as: $1) }
        case (.object(let one), .object(let two)):
            one.elementsEqual(two) { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value.isSame(as: $1.value) }
        default: false
        }
    }
}
