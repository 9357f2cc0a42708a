/// One entry of an archive, with whatever a case makes of it.
struct Entry {
    enum Kind {
        case file, directory, link, hardLink, characterDevice, blockDevice, fifo
    }

    var name: [UInt8]
    var kind = Kind.file
    var mode: UInt32 = 0o644
    /// What a link or hard link leads to.
    var target: [UInt8] = []
    var content: [UInt8] = []
    /// Changes a finished tar header before its checksum is computed.
    var headerLie: ((inout [UInt8]) -> Void)?
    /// Changes a tar header with its checksum.
    var finishedLie: ((inout [UInt8]) -> Void)?

    init(_ name: String, kind: Kind = .file, mode: UInt32 = 0o644, target: String = "", content: [UInt8] = []) {
        self.name = Array(name.utf8)
        self.kind = kind
        self.mode = mode
        self.target = Array(target.utf8)
        self.content = content
    }
}

extension [Entry] {
    func place(of name: String) -> Int {
        guard let index = firstIndex(where: { $0.name.elementsEqual(name.utf8) }) else {
            preconditionFailure("no entry is called \(name)")
        }
        return index
    }

    mutating func change(_ name: String, _ lie: (inout Entry) -> Void) {
        let index = place(of: name)
        lie(&self[index])
    }

    mutating func insert(_ entry: Entry, before name: String) { insert(entry, at: place(of: name)) }

    mutating func omit(_ name: String) { removeSubrange(place(of: name)...place(of: name)) }
}

extension [UInt8] {
    /// Writes over what stands at `offset`.
    mutating func put(_ bytes: [UInt8], at offset: Int) {
        replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }

    /// Appends a number in little-endian order.
    mutating func append(littleEndian number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Changes one bit.
    mutating func flip(_ index: Int) { self[index] ^= 1 }
}
