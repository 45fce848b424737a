#!/bin/sh
# Runs the launch line of an element's documentation as it stands there, against the built plugin.
# $1: the folder of the plugin, $2: the source that holds the line, then the files that it writes.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GST_PLUGIN_PATH="$1" GST_REGISTRY="$scratch/registry.bin"
line=$(sed -n '/|\[/,/\]|/p' "$2" | sed -e 's/^ \*//' -e '/|\[/d' -e '/\]|/d' | tr '\n' ' ')
shift 2
echo "1..$(($# + 1))"
cd "$scratch"
if timeout 60 sh -c "$line" >log 2>&1; then echo "ok 1 - the line runs"; else
    sed 's/^/# /' log
    echo "not ok 1 - the line runs"
fi
number=1
for file in "$@"; do
    number=$((number + 1))
    if [ -s "$file" ]; then echo "ok $number - $file was written"; else
        echo "not ok $number - $file was written"
    fi
done
