"""Runs schemathesis over the OpenAPI document against an instance: no server error, no undocumented answer.

Traffic goes to the instance alone, a bounded number of cases for each operation, from a fixed seed.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

ORIGIN = os.environ["PORTICO_ORIGIN"]
DOMAIN = os.environ["PORTICO_DOMAIN"]
CASES = os.environ.get("PORTICO_SCHEMA_CASES", "12")


def call(method, path, body=None):
    """Calls the instance as the caller of the run; gives the parsed answer."""
    port = DOMAIN.rpartition(":")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    request.add_header("Host", DOMAIN)
    request.add_header("Authorization", f"Bearer {os.environ['PORTICO_TOKEN']}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=240) as answer:
        return json.load(answer)


def seeds():
    """Makes things to ask for; the area of a path -> ids of that area that exist."""
    statuses = [call("POST", "/api/v1/statuses", {"status": f"Seed {n} #schema"})["id"] for n in range(40)]
    # Others than the caller, who must still be there at the end.
    people = [call("GET", f"/api/v1/accounts/lookup?acct={name}")["id"] for name in ("alice", "bob")]
    return {"statuses": statuses, "accounts": people, "follow_requests": people}


def with_examples(document):
    """Lets the ids in paths be those of things that exist, beside some that do not."""
    known = seeds()
    for path, item in document["paths"].items():
        area = next((known[part] for part in path.split("/") if part in known), None)
        if area is None or "{id}" not in path:
            continue
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path" and parameter["name"] == "id":
                    parameter["schema"] = {"type": "string", "enum": [*area, "0", "1", "x"]}
    return document


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="portico-schema-"))
    # The driver's own variables are no configuration.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    command = [os.environ["PORTICO_BIN"], "openapi"]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=600, env=plain)
    document = with_examples(json.loads(printed.stdout))
    (folder / "openapi.json").write_text(json.dumps(document))
    # The name below `localhost` is this machine's, which not every system's resolver knows.
    port = DOMAIN.rpartition(":")[2]
    tools = pathlib.Path(sys.executable).parent
    command = [
        str(tools / "schemathesis"), "run", str(folder / "openapi.json"),
        "--url", f"http://127.0.0.1:{port}",
        "--header", f"Host: {DOMAIN}",
        "--header", f"Authorization: Bearer {os.environ['PORTICO_TOKEN']}",
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--phases", "examples,coverage,fuzzing",
        "--max-examples", CASES, "--seed", "20261123", "--workers", "2",
        "--suppress-health-check", "all", "--no-color", "--request-timeout", "240",
        # These last as long as the client stays.
        "--exclude-path-regex", "^/api/v1/streaming",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=7200)
    # What it found comes first; its advice for further runs is long and of no use here.
    found, _, rest = done.stdout.partition("= WARNINGS =")
    for part in re.split(r"\n(?=_{3,} )", found):
        print(part[:1500])
    print(rest[-1500:], done.stderr[-2000:])
    print(f"{sum(len(item) for item in document['paths'].values())} operations in the document")
    sys.exit(done.returncode)


main()
