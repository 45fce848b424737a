#!/usr/bin/env python3
"""Adds up the JUnit (.xml) and TAP (.tap) files of a folder and prints `N passed, N failed` (and
what was skipped).

Exits with 1 where a test failed or none ran."""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

passed = failed = skipped = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
    for case in ElementTree.parse(path).iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed += 1
            print(f"failed: {path.stem}: {case.get('name')}", file=sys.stderr)
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed += 1

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.tap")):
    # Only the outermost results: subtests are indented.
    for bad, name in re.findall(r"^(not )?ok \d+ - (.*)$", path.read_text(), re.MULTILINE):
        if "# SKIP" in name:
            skipped += 1
        elif bad:
            failed += 1
            print(f"failed: {path.stem}: {name}", file=sys.stderr)
        else:
            passed += 1

print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not passed else 0)
