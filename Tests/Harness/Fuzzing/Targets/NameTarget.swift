import DiskIO
import HostModel
import Signatures
import Storage

/// Each line of an input is one text, tried as everything that it could name.
enum NameTarget {
    static func run(_ input: [UInt8]) throws -> Bool {
        let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
        let paths = lines.compactMap { RelativePath($0) }
        for path in paths { try check(path) }
        try checkOrder(of: paths)

        let texts = lines.compactMap { String(validating: $0, as: UTF8.self) }
        let versions = texts.compactMap { BundleVersion($0) }
        try checkOrder(of: versions)
        var isName = !paths.isEmpty || !versions.isEmpty
        for text in texts {
            if try checkWord(text) { isName = true }
        }
        return isName
    }

    // MARK: Paths

    /// It names nothing outside, however it is taken apart.
    private static func check(_ path: RelativePath) throws {
        let components = path.components
        try require(
            Array(components.joined(separator: [UInt8(ascii: "/")])) == path.bytes, "a path is its components")
        try require(components.count <= 64 && path.bytes.count <= 4096, "a path has its limits")
        for component in components {
            try require((1...255).contains(component.count), "a component has its limits")
            try require(
                !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8), "no component leads up")
        }
        guard let text = String(validating: path.bytes, as: UTF8.self) else {
            throw BrokenProperty(description: "a path is UTF-8")
        }
        try require(isPlain(text), "a path has no control characters")
        try require(!path.bytes.contains(UInt8(ascii: "\\")), "a path has no backslash")
        try require(DiskPath(path).bytes == path.bytes, "the kernel is given the whole path")
        for ancestor in path.ancestors {
            try require(RelativePath(ancestor.bytes) == ancestor, "an ancestor is a path")
            try require(path.isBelow(ancestor) && ancestor < path, "an ancestor comes before")
        }
        try require(path.parent == path.ancestors.last, "the last ancestor is the parent")
    }

    private static func checkOrder(of paths: [RelativePath]) throws {
        for one in paths {
            for two in paths {
                let relations = [one < two, two < one, one == two].filter { $0 }
                try require(relations.count == 1, "of two paths one comes first, or they are the same")
            }
        }
        let sorted = paths.sorted()
        for (index, one) in sorted.enumerated() {
            let isFirst = sorted[index...].allSatisfy { !($0 < one) }
            try require(isFirst, "the order of paths goes one way")
        }
    }

    // MARK: Versions

    private static func checkOrder(of versions: [BundleVersion]) throws {
        for one in versions {
            let own: BundleVersion.Order? = one.isComparable ? .equal : nil
            try require(one.order(to: one) == own, "a version is as new as itself")
            for two in versions {
                let order = one.order(to: two)
                try require(two.order(to: one) == mirrored(order), "the order of two versions has two sides")
                guard order == .older else { continue }
                let isOrdered = versions.allSatisfy { three in
                    two.order(to: three) != .older || one.order(to: three) == .older
                }
                try require(isOrdered, "the order of versions goes one way")
            }
        }
    }

    private static func mirrored(_ order: BundleVersion.Order?) -> BundleVersion.Order? {
        switch order {
        case .older?: .newer
        case .newer?: .older
        case .equal?: .equal
        case nil: nil
        }
    }

    // MARK: Words

    /// - Returns: whether it is any of these.
    private static func checkWord(_ text: String) throws -> Bool {
        var readings: [String] = []
        if let id = AppID(text) {
            try require(RelativePath(text)?.components.count == 1, "an app id is one component")
            try require(DiskPath(id).bytes.elementsEqual(text.utf8), "the kernel is given the whole id")
            readings.append(id.text)
        }
        if let name = VariableName(text) { readings.append(name.text) }
        if let slot = Slot(name: text) { readings.append(slot.name) }
        if let stage = StageID(text) { readings.append(stage.text) }
        if let digest = ContentDigest(hex: text) { readings.append(digest.hex) }
        if !text.isEmpty, let bytes = Base64.decode(text) { readings.append(Base64.encode(bytes)) }
        for reading in readings {
            try require(reading.utf8.elementsEqual(text.utf8), "what has one text is written as it was read")
        }
        if let moment = Timestamp(text) {
            try require(Timestamp(moment.description) == moment, "a time is written as it can be read")
        }
        if let span = Span(text) {
            try require(Span(span.description) == span, "a span is written as it can be read")
        }
        return !readings.isEmpty
    }
}
