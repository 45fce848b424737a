#!/usr/bin/env python3
"""Turns openapi.yaml into a C++ source that holds it as JSON: INPUT OUTPUT."""

import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as source:
    text = json.dumps(yaml.safe_load(source), separators=(",", ":"), default=str)
bytes_list = ",".join(str(byte if byte < 128 else byte - 256) for byte in text.encode("utf-8") + b"\0")
with open(sys.argv[2], "w", encoding="utf-8") as output:
    output.write('#include "api/openapi.h"\n\nnamespace mullion::api {\n\n')
    output.write(f"const char kOpenApi[] = {{{bytes_list}}};\n\n}} // namespace mullion::api\n")
