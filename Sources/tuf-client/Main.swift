import Catalogs
import DiskIO
import Fetching
import Glibc
import HostModel

/// The client that the TUF conformance suite drives, as its `CLIENT-CLI.md` says: status 0 when a command succeeded
/// fully, else 1. It is not installed.
///
///     tuf-client --metadata-dir DIR init TRUSTED_ROOT
///     tuf-client --metadata-dir DIR --metadata-url URL refresh
///     tuf-client --metadata-dir DIR --metadata-url URL \
///         --target-name PATH --target-base-url URL --target-dir DIR download
@main
enum Main {
    static func main() async {
        do {
            try await run(Arguments(Array(CommandLine.arguments.dropFirst())))
        } catch {
            let sentence = (error as? any Failure)?.message ?? "\(error)"
            let line = Array("error: \(sentence)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            exit(1)
        }
    }

    private static func run(_ arguments: Arguments) async throws {
        let directory = try Directory.open(arguments.value("--metadata-dir"), files: LinuxFileSystem())
        let store = MetadataStore(directory)
        switch arguments.command {
        case "init":
            try store.start(trusting: content(of: arguments.trustedRoot()))
        case "refresh":
            try await Fetcher.withFetcher { fetcher in
                _ = try await client(arguments, store, fetcher).refresh(now: Timestamp.now)
            }
        case "download":
            try await Fetcher.withFetcher { fetcher in
                try await download(arguments, client(arguments, store, fetcher), fetcher)
            }
        default:
            throw Misuse(message: "the command is init, refresh or download")
        }
    }

    private static func client(
        _ arguments: Arguments, _ store: MetadataStore, _ fetcher: Fetcher
    ) throws -> CatalogClient {
        let base = try Location(arguments.value("--metadata-url"))
        return CatalogClient(source: FetchedMetadata(base: base, fetcher: fetcher), store: store)
    }

    private static func content(of path: String) throws -> [UInt8] {
        let file = try File.open(path, files: LinuxFileSystem())
        guard let content = try file.content(limit: 512 << 10) else {
            throw Misuse(message: "\(quoted(path)) is longer than any root")
        }
        return content
    }

    /// Downloads the targets in their order, each after the one before is in place.
    ///
    /// - On disk: a file in the targets directory for each, its path percent-encoded; one that is right already stays.
    private static func download(_ arguments: Arguments, _ client: CatalogClient, _ fetcher: Fetcher) async throws {
        let directory = try Directory.open(arguments.value("--target-dir"), files: LinuxFileSystem())
        let base = try Location(arguments.value("--target-base-url"))
        let catalog = try await client.refresh(now: Timestamp.now)
        for text in arguments.values("--target-name") {
            guard let path = RelativePath(text), let found = try await client.target(path, in: catalog),
                let name = RelativePath(PercentEncoding.encoded(path.bytes))
            else { throw Misuse(message: "there is no target \(quoted(text))") }
            if try isPresent(found.file, DiskPath(name), in: directory) { continue }

            let location = try base.appending(found.place)
            let bytes = try await fetcher.bytes(location, limit: found.file.length)
            guard found.file.matches(bytes) else {
                throw Misuse(message: "\(quoted(text)) has not the length and hashes that are listed for it")
            }
            try DurableFile.replace(DiskPath(name), in: directory, with: bytes)
        }
    }

    private static func isPresent(_ file: TargetFile, _ name: DiskPath, in directory: Directory) throws -> Bool {
        guard let present = try directory.fileIfPresent(name) else { return false }
        guard let content = try present.content(limit: Int(clamping: file.length)) else { return false }
        return file.matches(content)
    }
}

/// The words of the command line: options with a value each, a command, and what it is about.
private struct Arguments {
    let command: String
    private let rest: [String]
    private var options: [String: [String]] = [:]

    private static let known: Set<String> = [
        "--metadata-dir", "--metadata-url", "--target-name", "--target-base-url", "--target-dir",
    ]

    init(_ words: [String]) throws(Misuse) {
        var plain: [String] = []
        var words = words[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("--") else {
                plain.append(word)
                continue
            }
            guard Self.known.contains(word) else { throw Misuse(message: "there is no option \(quoted(word))") }
            guard let value = words.popFirst() else { throw Misuse(message: "\(quoted(word)) needs a value") }
            options[word, default: []].append(value)
        }
        guard let command = plain.first else { throw Misuse(message: "a command is missing") }
        self.command = command
        rest = Array(plain.dropFirst())
    }

    func values(_ option: String) -> [String] { options[option] ?? [] }

    func value(_ option: String) throws(Misuse) -> String {
        guard let value = options[option]?.last else { throw Misuse(message: "\(quoted(option)) is missing") }
        return value
    }

    func trustedRoot() throws(Misuse) -> String {
        guard let path = rest.first else { throw Misuse(message: "the file of the trusted root is missing") }
        return path
    }
}

private struct Misuse: Failure {
    let message: String
    var code: FailureCode { .usage }
    var help: String? { nil }
}
