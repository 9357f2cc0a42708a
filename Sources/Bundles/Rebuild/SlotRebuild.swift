import HostModel
import Storage

/// A tree in a slot as the source of a new one: its own files, each compared with the inventory when it is read.
package struct SlotRebuild {
    /// What the slot holds of what is listed.
    package let bundle: VerifiedBundle
    package let receipt: Receipt
    /// What a new tree will be without.
    package let extras: ExtraEntries
}

extension SlotVerifier {
    /// Verifies the sidecars of a slot, for its tree to be made anew.
    ///
    /// Modes are not looked at: those of the new tree are written by the inventory. Whatever is not listed is named and
    /// never entered, so it does not matter who may read it.
    ///
    /// - Throws: why the tree cannot be believed. What is wrong with a listed file comes out when that is read.
    package func rebuild(_ slot: SlotTree, app: AppID) throws -> SlotRebuild {
        guard let receipt = try unlessDamaged({ try slot.receipt() }) else {
            throw BundleError.inconsistent("its receipt is missing, or cannot be read")
        }
        var policy = policy
        policy.app = app
        policy.acceptsUnsigned = policy.acceptsUnsigned && receipt.unsigned
        let stream = ListedEntryStream(slot.tree)
        let bundle = try BundleVerifier(policy: policy, files: files).verify(stream)
        guard bundle.digest == receipt.digest else {
            throw BundleError.inconsistent("its receipt is for another bundle")
        }
        try stream.goOn(with: bundle.sidecars.inventory)
        let extras = try ExtraEntries.find(in: slot.tree, beside: bundle.sidecars.inventory)
        return SlotRebuild(bundle: bundle, receipt: receipt, extras: extras)
    }
}
