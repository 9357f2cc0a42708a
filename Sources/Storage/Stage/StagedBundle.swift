import DiskIO
import HostModel

/// A bundle that is complete, verified and flushed. It can be swapped once.
package struct StagedBundle: ~Copyable, Sendable {
    package let id: AppID
    package let receipt: Receipt
    let place: Place

    enum Place: Sendable {
        /// `staging/<id>/`, held locked until the end of the operation.
        case staging(FileLock, Directory)
        case slot(Slot)
    }

    init(id: AppID, receipt: Receipt, place: Place) {
        self.id = id
        self.receipt = receipt
        self.place = place
    }

    /// A bundle that lies in a slot and was verified there again.
    package init(_ proof: VerificationProof, id: AppID, in slot: Slot, receipt: Receipt) {
        self.init(id: id, receipt: receipt, place: .slot(slot))
    }

    /// The slot that it lies in; nil for `staging/<id>/`.
    var slot: Slot? {
        if case .slot(let slot) = place { slot } else { nil }
    }

    /// The tree in `staging/<id>/`; nil where it lies in a slot.
    var staged: Directory? {
        if case .staging(_, let tree) = place { tree } else { nil }
    }
}
