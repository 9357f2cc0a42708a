import ArgumentParser
import HostModel
import Hosting
import Logging
import Server

struct ServeVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Answer over HTTP, start the wanted apps, and run the scheduler.",
        discussion: """
            It listens on the socket 'apphost.sock' in the root, which its owner alone can open, and on loopback where \
            that is asked for. The log goes to standard error: 'key=value' words, with '--json' an object in each line.

                apphost serve
                apphost serve --listen 127.0.0.1:8765
                curl --unix-socket /var/lib/apphost/apphost.sock http://localhost/api/v1/apps

            With SIGTERM or SIGINT it stops: what has changed nothing yet is given up, what is being swapped is waited \
            for. Apps go on running.

            EXIT STATUS: 0 it was stopped · 64 the address is not loopback · 73 it cannot listen · 75 another server \
            has this root, or another program the port
            """)

    @OptionGroup(title: "Global options") var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "Listen there too: 127.0.0.1:PORT or [::1]:PORT; 0 is any port that is free.", valueName: "address"))
    var listen: LoopbackAddress?

    @Option(help: ArgumentHelp("How much the log tells.", valueName: "level"))
    var logLevel: Logger.Level = .info

    func run(_ host: AppHost, _ console: Console) async throws {
        let lines = LogLines(console.json ? .json : .words, level: console.quiet ? max(logLevel, .warning) : logLevel)
        let logger = Logger(label: "apphost", factory: { _ in lines })
        let beside = Beside(host: host, logger: logger)
        let server = AppHostServer(
            host: host, options: ServerOptions(listen: listen), logger: logger,
            notifier: SystemdNotifier(environment: Process.environment),
            scheduler: { [offline] cancellation in
                // There is nothing then that it could look for.
                if !offline { try await beside.schedule(cancellation) }
            },
            wanted: { try await beside.startWanted($0) })
        try await server.run()
    }

    private var offline: Bool { global.offline }
}

/// What goes on beside the requests, told to the log: without paths of the host, as everything there.
private struct Beside: Sendable {
    let host: AppHost
    let logger: Logger
    private let redaction: PathRedaction

    init(host: AppHost, logger: Logger) {
        self.host = host
        self.logger = logger
        redaction = PathRedaction(roots: [host.rootPath])
    }

    func schedule(_ cancellation: Cancellation) async throws {
        await host.keepScheduling(options: options("scheduler", cancellation)) { result in
            switch result {
            case .success(let report):
                for sentence in report.sentences { tell("scheduler", sentence) }
                for failure in report.failures { tell("scheduler", failure) }
            case .failure(let error): tell("scheduler", error)
            }
        }
    }

    func startWanted(_ cancellation: Cancellation) async throws {
        try await host.startWanted(options: options("start", cancellation)) { _, result in
            switch result {
            case .success(let change): tell("start", change.message)
            case .failure(let error): tell("start", error)
            }
        }
    }

    private func options(_ what: String, _ cancellation: Cancellation) -> ChangeOptions {
        ChangeOptions(cancellation: cancellation, warn: { tell(what, $0) })
    }

    private func tell(_ what: String, _ sentence: String) {
        logger.notice("\(what)", metadata: ["what": "\(redaction.sentence(sentence))"])
    }

    private func tell(_ what: String, _ error: any Error) {
        let failure = error as? any Failure
        logger.error(
            "\(what)",
            metadata: [
                "code": "\((failure?.code ?? .internalError).rawValue)",
                "what": "\(redaction.sentence(failure?.message ?? "a defect was met"))",
            ])
    }
}

extension LoopbackAddress: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
