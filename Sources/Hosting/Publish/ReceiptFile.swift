import Bundles
import DiskIO
import HostModel
import Signatures
import Storage
import Updates

/// A review receipt in a file of its own. Whether its signature counts is for hosts to judge.
struct ReceiptFile: Sendable {
    /// As it was named.
    let path: String
    let envelope: Envelope
    let receipt: ReviewReceipt

    /// - Throws: ``HostError/fileNotFound(_:)``, ``ReviewingError/receiptUnreadable(file:problem:)``.
    static func read(_ path: String, files: any FileSystem) throws -> ReceiptFile {
        try ReceiptFile(File.named(path, files: files), path: path)
    }

    init(_ file: File, path: String) throws {
        guard try file.status().kind == .file, let bytes = try file.content(limit: Envelope.limit) else {
            throw ReviewingError.receiptUnreadable(
                file: path, problem: "it is no file of at most \(Envelope.limit) bytes")
        }
        do throws(RecordError) {
            envelope = try Envelope.read(bytes, file: path)
            receipt = try ReviewReceipt(envelope)
        } catch {
            throw ReviewingError.receiptUnreadable(file: path, problem: error.problem)
        }
        self.path = path
    }

    /// Whether it is of this very file.
    func isOf(_ archive: CheckedArchive) -> Bool { receipt.sha256 == archive.content.sha256 }

    /// Asks that it is of one of `archives`, and says of it what that says of itself.
    ///
    /// - Throws: ``ReviewingError/receiptMismatch(file:problem:)``: every host would refuse it.
    func requireOne(of archives: [CheckedArchive]) throws(ReviewingError) {
        guard let archive = archives.first(where: isOf) else {
            throw .receiptMismatch(
                file: path, problem: "it is of \(receipt.app) \(receipt.version) in a file that is not published here")
        }
        guard receipt.app == archive.manifest.id, receipt.version == archive.manifest.version else {
            throw .receiptMismatch(
                file: path,
                problem: "it calls its file \(receipt.app) \(receipt.version), "
                    + "and \(quoted(archive.path)) is \(archive.manifest.id) \(archive.manifest.version)")
        }
        guard receipt.size == archive.content.size else {
            throw .receiptMismatch(
                file: path, problem: "it says \(receipt.size) bytes, and \(quoted(archive.path)) has others")
        }
    }
}
