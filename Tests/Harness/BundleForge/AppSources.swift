import HostModel

/// The sources of apps that live as programs do in the world, well and badly. Tests sign, pack and run them.
enum AppSources {
    private static let folder = "apps"

    static func write(to output: Output) throws {
        try output.clear(folder)
        for app in servers + daemons + loners { try app.write(to: "\(folder)/\(app.name)", of: output) }
        for machine in StaticProgram.Machine.allCases {
            let app = AppSource(
                name: "static-binary-\(machine.rawValue)", summary: "Waits for a signal, without a library.",
                program: StaticProgram.waiting(on: machine), machine: machine)
            try app.write(to: "\(folder)/\(app.name)", of: output)
        }
    }

    // MARK: Those that serve

    private static let port: JSONValue = [
        "name": "PORT", "description": "The port of loopback that it serves on", "required": true,
    ]

    private static let servers = [
        AppSource(
            name: "python-http-server", summary: "Serves its version, and that it is well.",
            script: """
                #!/usr/bin/env python3
                import json
                import os
                import socketserver
                from http.server import BaseHTTPRequestHandler

                # The working directory is the bundle.
                with open("apphost/manifest.json", encoding="utf-8") as manifest:
                    VERSION = json.load(manifest)["version"]
                PAGES = {"/": VERSION, "/healthz": "well"}


                class Handler(BaseHTTPRequestHandler):
                    def do_GET(self):
                        body = PAGES.get(self.path, "no such page").encode()
                        self.send_response(200 if self.path in PAGES else 404)
                        self.send_header("Content-Length", str(len(body)))
                        self.end_headers()
                        self.wfile.write(body)


                class Server(socketserver.ThreadingTCPServer):
                    allow_reuse_address = True
                    daemon_threads = True


                Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()

                """,
            environment: [port]),
        AppSource(
            name: "answers-500-then-200", summary: "Is not well for 5 seconds, or as long as it is told.",
            script: """
                #!/usr/bin/env python3
                import os
                import socketserver
                import time
                from http.server import BaseHTTPRequestHandler

                WELL_AT = time.monotonic() + float(os.environ.get("UNWELL_SECONDS", "5"))


                class Handler(BaseHTTPRequestHandler):
                    def do_GET(self):
                        self.send_response(200 if time.monotonic() >= WELL_AT else 500)
                        self.send_header("Content-Length", "0")
                        self.end_headers()


                class Server(socketserver.ThreadingTCPServer):
                    allow_reuse_address = True
                    daemon_threads = True


                Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()

                """,
            environment: [
                port, ["name": "UNWELL_SECONDS", "description": "How long it answers 500", "default": "5"],
            ]),
    ]

    // MARK: Those whose first process is not the one that lives

    private static let daemons = [
        AppSource(
            name: "forks-a-daemon", summary: "Leaves a daemon in a session of its own, and ends well at once.",
            script: """
                #!/bin/sh
                setsid sleep 86400 &
                exit 0

                """),
        AppSource(
            name: "forgets-its-environment", summary: "Leaves a daemon that has none of the variables it was given.",
            script: """
                #!/bin/sh
                setsid env -i sleep 86400 &
                exit 0

                """),
        AppSource(
            name: "closes-descriptors-and-double-forks", summary: "Becomes a daemon by the book.",
            script: """
                #!/usr/bin/env python3
                import os
                import signal

                if os.fork():
                    os._exit(0)
                os.setsid()
                if os.fork():
                    os._exit(0)
                os.chdir("/")
                os.closerange(0, 65536)
                while True:
                    signal.pause()

                """),
        AppSource(
            name: "parent-ends-child-goes-on", summary: "Ends after 2 seconds, or when it is told, but for its child.",
            script: """
                #!/bin/sh
                sleep 86400 &
                sleep "${PARENT_SECONDS:-2}"
                exit 0

                """,
            environment: [
                ["name": "PARENT_SECONDS", "description": "How long the parent lives", "default": "2"]
            ]),
    ]

    // MARK: Those of one process

    private static let loners = [
        AppSource(
            name: "ignores-sigterm", summary: "Ends by SIGKILL only.",
            script: """
                #!/bin/sh
                trap '' TERM
                exec sleep 86400

                """,
            stopTimeoutSeconds: 1),
        AppSource(
            name: "crashes-after-3-seconds", summary: "Ends with status 3 after 3 seconds, or when it is told.",
            script: """
                #!/bin/sh
                echo "starting"
                sleep "${CRASH_AFTER_SECONDS:-3}"
                echo "crashing" >&2
                exit 3

                """,
            environment: [
                ["name": "CRASH_AFTER_SECONDS", "description": "How long it lives", "default": "3"]
            ]),
    ]
}

/// A bundle of one program, which is called as the bundle is.
private struct AppSource {
    let name: String
    let summary: String
    let program: [UInt8]
    let environment: [JSONValue]
    let stopTimeoutSeconds: Int
    /// The only one that it runs on; nil for every one.
    let machine: StaticProgram.Machine?

    init(name: String, summary: String, program: [UInt8], machine: StaticProgram.Machine) {
        self.name = name
        self.summary = summary
        self.program = program
        environment = []
        stopTimeoutSeconds = 5
        self.machine = machine
    }

    init(
        name: String, summary: String, script: String, environment: [JSONValue] = [], stopTimeoutSeconds: Int = 5
    ) {
        self.name = name
        self.summary = summary
        program = Array(script.utf8)
        self.environment = environment
        self.stopTimeoutSeconds = stopTimeoutSeconds
        machine = nil
    }

    func write(to place: String, of output: Output) throws {
        try output.write(manifest.line, to: "\(place)/apphost/manifest.json")
        try output.write(program, to: "\(place)/\(path)", mode: 0o755)
    }

    private var path: String { "bin/\(name)" }

    private var manifest: JSONValue {
        let restart: JSONValue = ["policy": "never"]
        let launch: JSONValue = [
            "command": [path], "stopTimeoutSeconds": stopTimeoutSeconds, "restart": restart,
        ]
        var members: [JSONValue.Member] = [
            .init("schema", 1.json), .init("id", name.json), .init("name", name.json), .init("version", "1.0.0".json),
            .init("summary", summary.json), .init("launch", launch),
        ]
        if !environment.isEmpty { members.append(.init("environment", environment.json)) }
        if let machine {
            let requires: JSONValue = ["arch": [machine.rawValue]]
            members.append(.init("requires", requires))
        }
        return .object(members)
    }
}
