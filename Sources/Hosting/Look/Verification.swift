import Bundles
import HostModel
import Signatures
import Storage

/// What `verify` found in one slot of one app.
package struct SlotVerification: Sendable, JSONRepresentable {
    package let app: AppID
    package let version: BundleVersion?
    let report: SlotReport

    package var slot: String { report.slot.name }
    package var isSound: Bool { report.isSound }

    /// Each with the path it is about, in words.
    package var problems: [String] {
        report.problems.map { $0.path.isEmpty ? $0.what : "\($0.path) \($0.what)" }
    }

    package var json: JSONValue {
        [
            "app": app, "slot": report.slot.name, "version": version, "digest": report.bundle?.receipt.digest,
            "sound": report.isSound,
            "problems": report.problems.map { ["path": $0.path, "problem": $0.what] as JSONValue },
        ]
    }
}

extension AppHost {
    /// Verifies every byte, mode and name of installed apps, and who vouches for them.
    ///
    /// - Parameters:
    ///   - ids: empty means all.
    ///   - allSlots: also what is staged, and what can be rolled back to.
    package func verify(_ ids: [AppID], allSlots: Bool, options: ChangeOptions) throws -> [SlotVerification] {
        let root = try openRoot()
        var found: [SlotVerification] = []
        for id in ids.isEmpty ? try root?.appIDs() ?? [] : ids {
            guard let app = try root?.app(id), try app.open(.installed) != nil else {
                if ids.isEmpty { continue }
                throw StorageError.notInstalled(id)
            }
            let slots = allSlots ? try app.slots().sorted { $0.name < $1.name } : [.installed]
            for slot in slots { found += try verify(slot, of: app, root: root, options: options) }
        }
        return found
    }

    func verify(
        _ slot: Slot, of app: AppDirectory, root: ManagedRoot?, options: ChangeOptions
    ) throws -> [SlotVerification] {
        while let tree = try app.open(slot) {
            let report = try verifySlot(tree, of: app.id, root: root, standing: .installed, options: options)
            if try !report.isSound && !app.stillLeads(to: tree) { continue }
            return [SlotVerification(app: app.id, version: report.bundle?.manifest.version, report: report)]
        }
        return []
    }
}
