#!/usr/bin/env python3
"""Holds a served host against its own OpenAPI document, with requests that schemathesis makes from it.

    schema.py [--examples N] [--seed S] PROGRAM

Each route gets the cases that its document suggests, every limit and type and one beyond each, and its share of N that
chance makes, asked with an operator's token. No answer may be a 5xx, or have a status, a type, a header or a body that
the document does not have. Afterwards the server has logged no defect, ends when it is asked to, and what is installed
is sound. With a failure the exit status is 1.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile

from host import Host, ask

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("program")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="apphost-api-") as work:
        host = Host(options.program, work)
        host.prepare()
        token = host.token("schemathesis")
        host.serve()
        try:
            failures = requests(host, token, options)
            failures += state(host)
        finally:
            status = host.stop()
            # What is installed is not writable, not even for its owner.
            subprocess.run(["chmod", "-R", "u+w", work], check=True)
        if status != 0:
            failures.append(f"the server ended with {status}")
    for failure in failures:
        print(f"FAILED  {failure}")
    print(f"api: {len(failures)} failed")
    sys.exit(1 if failures else 0)


def requests(host, token, options):
    """What schemathesis found. In two runs: in one, it does not leave to chance what it has a case for."""
    connection = http.client.HTTPConnection("127.0.0.1", host.port)
    _, document = ask(connection, "GET", "/api/v1/openapi.json")
    connection.close()
    routes = sum(len(methods) for methods in document["paths"].values())
    share = -(-options.examples // routes)
    print(f"api: {routes} routes, {share} examples of chance for each", flush=True)
    url = f"http://127.0.0.1:{host.port}"
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment.update(SCHEMATHESIS_HOOKS="names", PYTHONPATH=HERE, PYTHONDONTWRITEBYTECODE="1")
    failures = []
    # One worker: ast.parse of CPython 3.11 fails at times where several threads are in it.
    for phase in ["coverage", "fuzzing"]:
        done = subprocess.run(
            [os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run", f"{url}/api/v1/openapi.json",
             "--url", url, "--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS),
             "--phases", phase, "--max-examples", str(share), "--seed", str(options.seed), "--workers", "1",
             "--request-timeout", "90", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off",
             "--no-color"],
            env=environment, cwd=host.work, check=False)
        if done.returncode != 0:
            failures.append(f"schemathesis, {phase}: exit status {done.returncode}")
    return failures


def state(host):
    """What must be so after all of that."""
    failures = []
    said = host.said()
    for word in ["a defect was met", "a request failed", "level=critical"]:
        if word in said:
            failures.append(f"the log has '{word}': {next(line for line in said.splitlines() if word in line)}")
    if host.server.poll() is not None:
        failures.append(f"the server died: {said[-2000:]}")
    verified = host.run("verify", "--all-slots")
    if verified.returncode != 0:
        failures.append(f"verify: {verified.stdout}{verified.stderr}")
    return failures


if __name__ == "__main__":
    main()
