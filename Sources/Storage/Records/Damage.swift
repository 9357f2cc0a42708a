import DiskIO
import HostModel

/// What `body` yields; nil where it met damage, which whoever replaces or leaves a bundle must be able to go on from.
///
/// - Throws: ``Interrupted``, and every disk error that may pass by itself: a bundle that could not be looked at for lack of
///   descriptors is not a damaged one, and must not be thrown away as such.
package func unlessDamaged<Value>(_ body: () throws -> Value) throws -> Value? {
    do { return try body() } catch let failure as any Failure where failure.isDamage { return nil }
}

extension Failure {
    /// Whether it says that something on disk is missing, broken or not what it should be.
    package var isDamage: Bool {
        if let disk = self as? FileSystemError { return disk.isDamage }
        if case .disk(let disk) = self as? StorageError { return disk.isDamage }
        return code != .interrupted
    }
}
