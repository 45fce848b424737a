#!/usr/bin/env python3
"""Turns a description in YAML into a C++ source that holds it as JSON: INPUT NAME OUTPUT."""

import json
import sys

import yaml

source_path, name, output_path = sys.argv[1:]
with open(source_path, encoding="utf-8") as source:
    text = json.dumps(yaml.safe_load(source), separators=(",", ":"), default=str)
# What is served as JSON refers to its neighbours as they are served.
text = text.replace("openapi.yaml#", "openapi.json#")
bytes_list = ",".join(str(byte if byte < 128 else byte - 256) for byte in text.encode("utf-8") + b"\0")
with open(output_path, "w", encoding="utf-8") as output:
    output.write('#include "api/openapi.h"\n\nnamespace mullion::api {\n\n')
    output.write(f"const char {name}[] = {{{bytes_list}}};\n\n}} // namespace mullion::api\n")
