#!/usr/bin/env python3
"""What other people's Python libraries read: one JSON line for each line of standard input.

{"xml": "…"}   a header: its root, key ids and URLs by lxml, and whether it is its own canonical form (C14N)
{"box": "hex"} a pssh box: its fields by pymp4
"""

import json
import sys

from lxml import etree
from pymp4.parser import Box

NS = "{http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader}"


def header(xml):
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(xml.encode(), parser)
    text = lambda name: next((found.text for found in root.iter(NS + name)), None)
    kids = [found.get("VALUE") or found.text for found in root.iter(NS + "KID")]
    return {
        "root": root.tag.removeprefix(NS),
        "version": root.get("version"),
        "kids": kids,
        "la_url": text("LA_URL"),
        "lui_url": text("LUI_URL"),
        "canonical": etree.tostring(root, method="c14n").decode() == xml,
    }


def box(data):
    parsed = Box.parse(data)
    return {
        "size": parsed.end - parsed.offset if "end" in parsed else len(Box.build(parsed)),
        "version": parsed.version,
        "system": parsed.system_ID.hex,
        "kids": [kid.hex for kid in parsed.key_IDs or []],
        "data": bytes(parsed.init_data or b"").hex(),
    }


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = header(asked["xml"]) if "xml" in asked else box(bytes.fromhex(asked["box"]))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps(answer), flush=True)
