#!/usr/bin/env python3
"""The gateway's OpenAPI document is linted, and it answers as that says.

    gateway_openapi.py TALLY_INGEST TALLY_BROKER
"""
import json, pathlib, sys, tempfile, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import openapi
from programs import Broker, Gateway

INGEST, BROKER = sys.argv[1:3]
# Whether a record is good is the oracle's to judge, not the document's; and /v1/check answers 200 to bad ones.
APART = "positive_data_acceptance,negative_data_rejection"


def example_is_accepted(url):
    example = json.load(urllib.request.urlopen(f"{url}/openapi.json"))["paths"]["/v1/records"]["post"]["requestBody"]["content"]["application/json"]["example"]
    sent = urllib.request.Request(f"{url}/v1/records", json.dumps(example).encode(), {"Content-Type": "application/json"})
    assert json.load(urllib.request.urlopen(sent))["accepted"] == 1, "the document's example is not accepted"


def main():
    with tempfile.TemporaryDirectory() as folder:
        openapi.lint(ROOT / "ingest" / "openapi.json", folder)
        with Broker(BROKER) as broker, Gateway(INGEST, broker=broker.address) as gateway:
            url = f"http://127.0.0.1:{gateway.port}"
            openapi.try_out(url, folder, APART, 300)
            example_is_accepted(url)


main()
