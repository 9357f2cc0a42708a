/// Over how many roles a large catalog spreads its entries, so that publishing one changes a small file.
///
/// A path belongs to the bin that the first digits of its SHA-256 lead to.
///
/// Sources: TUF specification 1.0.34, section 4.5 (`path_hash_prefixes`); TAP 15, for the names.
package struct HashBins: Sendable {
    private let count: Int

    /// - Throws: ``PublishError/binsInvalid(_:)`` for anything but a power of two from 2 to 4096.
    package init(_ count: Int) throws(PublishError) {
        guard (2...4096).contains(count), count & (count - 1) == 0 else { throw .binsInvalid(count) }
        self.count = count
    }

    /// Each bin with the prefixes of the hashes that lead to it; every hash leads to one.
    var roles: [(name: RoleName, prefixes: [String])] {
        let digits = String(count - 1, radix: 16).utf8.count
        let width = (1 << (4 * digits)) / count
        return (0..<count).map { (number: Int) -> (name: RoleName, prefixes: [String]) in
            guard let name = RoleName(delegated: "bin-" + Self.hex(number, digits)) else {
                preconditionFailure("the name of a bin is no name for a role")
            }
            let first = number * width
            return (name, (first..<first + width).map { Self.hex($0, digits) })
        }
    }

    private static func hex(_ number: Int, _ digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
