import Catalogs
import DiskIO
import Fetching
import HostModel
import Signatures

/// A bundle's archive on its way from a catalog to this host.
///
/// It comes into a file without a name, so nobody can exchange it between check and use, and nothing is left of it,
/// however the command ends.
struct Download {
    let listed: ListedEntry
    let catalog: AppID
    let location: Location
    let fetching: FetchOptions

    /// Fetches the archive, and compares it with what is listed before anybody reads a byte of it.
    ///
    /// - On disk: it takes room in `directory`, under no name.
    /// - Throws: ``FetchError``, a disk error, or ``EntryRefusal``.
    func run(into directory: Directory, options: ChangeOptions) async throws -> File {
        let app = listed.entry.id
        let artifact = listed.artifact
        if options.offline {
            guard case .path = location else { throw EntryRefusal.offline(app, location) }
        }
        let received = Received(try directory.unnamedFile(), in: directory)
        do {
            try await Fetcher.withFetcher(fetching) { fetcher in
                try await fetcher.stream(
                    location, expected: artifact.length, limit: artifact.length, cancellation: options.cancellation,
                    progress: { progress in
                        options.progress(
                            Progress(
                                step: .downloading, app: app.text, done: progress.received, total: artifact.length))
                    },
                    restarted: { try received.restart() }, into: { bytes in try received.take(bytes) })
            }
        } catch FetchError.sink(let failure) {
            throw failure
        }
        guard received.digest() == artifact.sha256 else {
            throw EntryRefusal.artifactDiffers(file: listed.path, in: catalog)
        }
        return received.file
    }
}

/// What has come of an archive: its bytes in a file, and their SHA-256.
private final class Received {
    private(set) var file: File
    private let directory: Directory
    private var stream = DigestStream()

    init(_ file: File, in directory: Directory) {
        self.file = file
        self.directory = directory
    }

    func take(_ bytes: UnsafeRawBufferPointer) throws {
        try file.write(bytes)
        stream.update(bytes)
    }

    /// Begins anew. A file that is cut would go on where it was, so there is another one.
    func restart() throws {
        file = try directory.unnamedFile()
        stream.reset()
    }

    /// Of everything that came.
    func digest() -> ContentDigest { stream.finishAndReset() }
}
