import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The smallest server that Hummingbird makes: what the API's reads per second are held against.
@main
enum HelloServer {
    /// Serves `/hello` on loopback until SIGTERM, and writes its port to standard output once it can be asked.
    static func main() async throws {
        let router = Router()
        router.get("hello") { _, _ -> String in "hello, world\n" }
        var logger = Logger(label: "hello")
        logger.logLevel = .error
        let server = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in HelloServer.tell("\(channel.localAddress?.port ?? 0)\n") }, logger: logger)
        try await server.runService()
    }

    /// At once, also where nobody has a terminal.
    private static func tell(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }
}
