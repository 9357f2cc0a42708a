import HostModel

/// A bundle that AppHost must refuse: the step that does it, and what it says.
struct RefusedCase {
    enum Step: String, CaseIterable {
        case read, verify, unpack

        var folder: String { "refused-at-\(rawValue)" }
    }

    let step: Step
    let name: String
    let code: FailureCode
    /// The name of the bundle's file, which plays no part in how it is read.
    let file: String
    let bytes: [UInt8]
}

/// The list of all cases. No name stands in it twice.
struct CaseBook {
    let keys: TestKeys
    private(set) var cases: [RefusedCase] = []
    private var names: Set<String> = []

    init(keys: TestKeys) { self.keys = keys }

    /// A bundle that nothing is wrong with.
    var sound: Forgery { Forgery(signedBy: keys.signer) }

    mutating func add(
        _ step: RefusedCase.Step, _ name: String, _ code: FailureCode, file: String, _ bytes: [UInt8]
    ) {
        let isNew = names.insert("\(step.folder)/\(name)").inserted
        precondition(isNew, "the case \(name) stands twice")
        cases.append(RefusedCase(step: step, name: name, code: code, file: file, bytes: bytes))
    }

    /// Adds a tar of a bundle that is sound but for `lie`.
    mutating func forge(
        _ step: RefusedCase.Step, _ name: String, _ code: FailureCode, _ lie: (inout Forgery) -> Void
    ) {
        var forgery = sound
        lie(&forgery)
        add(step, name, code, file: "bundle.tar", Tar.bytes(of: forgery.entries()))
    }

    /// Adds a sound bundle in a ZIP that is sound but for `lie`.
    ///
    /// - Parameter items: what the bundle has besides what the sound one has.
    mutating func forgeZip(
        _ step: RefusedCase.Step, _ name: String, _ code: FailureCode, listing items: [Item] = [],
        _ lie: (inout Zip) -> Void
    ) {
        var forgery = sound
        forgery.items += items
        var zip = Zip(forgery.entries())
        lie(&zip)
        add(step, name, code, file: "bundle.zip", zip.bytes())
    }
}
