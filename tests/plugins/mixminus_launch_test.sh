#!/bin/sh
# Runs the launch line of the element's documentation as it stands there, against the built plugin.
# $1: the folder of the plugin, $2: the source that holds the line.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GST_PLUGIN_PATH="$1" GST_REGISTRY="$scratch/registry.bin"
line=$(sed -n '/|\[/,/\]|/p' "$2" | sed -e 's/^ \*//' -e '/|\[/d' -e '/\]|/d' | tr '\n' ' ')
echo "1..2"
cd "$scratch"
if timeout 60 sh -c "$line" >log 2>&1; then echo "ok 1 - the line runs"; else
    sed 's/^/# /' log
    echo "not ok 1 - the line runs"
fi
if [ -s hears-440.wav ] && [ -s hears-880.wav ]; then echo "ok 2 - both outputs wrote"; else
    echo "not ok 2 - both outputs wrote"
fi
