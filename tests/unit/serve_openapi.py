#!/usr/bin/env python3
"""serve/openapi.json is linted, tells of every route and parameter that there is, and tally-lookup --listen answers as it says.

    serve_openapi.py TALLY_LOOKUP
"""
import json, pathlib, re, sys, tempfile

import serving
from cases import need
from serving import Served

sys.path.insert(0, str(serving.ROOT / "tests" / "support"))
import openapi

LOOKUP = sys.argv[1]
DOCUMENT = serving.ROOT / "serve" / "openapi.json"
# A name or a cursor that is none, or two parameters that exclude each other, are 400, and no schema says so.
APART = "positive_data_acceptance"
STREAM = "/v1/stream"                                  # its answer has no end: it has tests of its own


def found(document, node):
    while "$ref" in node:
        at = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            at = at[name]
        node = at
    return node


def parameters(document, path, place):
    return [p for p in (found(document, p) for p in document["paths"][path].get("parameters", []) + document["paths"][path]["get"].get("parameters", [])) if p["in"] == place]


def is_as_the_routes_are(document):
    """Every path of routes.c with every parameter and its rights, and no other."""
    source = (serving.ROOT / "serve" / "routes.c").read_text()
    routes = {path: (token == "true", set(re.findall(r'"(\w+)"', names))) for path, token, names in re.findall(r'\{ "GET",\s*"([^"]+)",\s*(true|false),\s*\w+,\s*\{([^}]*)NULL \} \}', source)}
    need(len(routes) > 15 and set(document["paths"]) - set(routes) <= {STREAM} and set(routes) <= set(document["paths"]), set(routes) ^ set(document["paths"]))
    for path, (needs_token, names) in routes.items():
        told = {p["name"] for p in parameters(document, path, "query")}
        need(told == names, f"{path}: the document has {sorted(told)}, the server {sorted(names)}")
        answers = document["paths"][path]["get"]["responses"]
        need(needs_token == ("401" in answers) == (document["paths"][path]["get"].get("security", document["security"]) != []), f"{path}: who is asked for a token")
        need({p["name"] for p in parameters(document, path, "path")} == set(re.findall(r"\{(\w+)\}", path)), path)


def examples_are_answered(w, document):
    """Each parameter's example, beside those that must be there, is answered with 200."""
    count = 0
    for path in document["paths"]:
        if path == STREAM or path.startswith("/assets/"):
            continue
        at = re.sub(r"\{(\w+)\}", lambda name: next(p["example"] for p in parameters(document, path, "path") if p["name"] == name[1]), path)
        asked = parameters(document, path, "query")
        always = {p["name"]: p["example"] for p in asked if p.get("required")}
        beside = {"excel": {"format": "csv"}, "from": {"to": None}, "to": {"from": None}}
        for p in [None, *asked]:
            if p and p["name"] == "cursor":
                continue
            some = {**always, **({p["name"]: p["example"]} if p else {})}
            for name, text in beside.get(p["name"], {}).items() if p else ():
                some[name] = text or next(q["example"] for q in asked if q["name"] == name)
            w.get(at, **some) if "format" not in some or some["format"] == "json" else w.csv(at, **{k: v for k, v in some.items() if k != "format"})
            count += 1
    need(count > 50, f"only {count} examples")
    print(f"{count} examples are answered")


def main():
    document = json.loads(DOCUMENT.read_text())
    is_as_the_routes_are(document)
    with tempfile.TemporaryDirectory() as folder, Served(LOOKUP) as w:
        openapi.lint(DOCUMENT, folder)
        need(w.get("/openapi.json") == document, "the server shows another document")
        examples_are_answered(w, document)
        openapi.try_out(f"http://127.0.0.1:{w.server.port}", folder, APART, 1000, "--exclude-path", STREAM, cases=40)


main()
