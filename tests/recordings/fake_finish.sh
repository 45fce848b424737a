#!/bin/sh
# A test double of mullion-finish: it takes any file for one that plays. Of one that says `exit N`
# it ends with N.
#
# FAKE_FINISH_GATE names a pipe: while it is there the program waits until somebody opens its other
# end. FAKE_FINISH_KILL names a file: while that says `before` or `after`, it takes the file away
# and kills who runs it, before or after it has written everything.
kill_parent() {
  [ "$(cat "$FAKE_FINISH_KILL" 2>/dev/null)" = "$1" ] || return 0
  rm "$FAKE_FINISH_KILL"
  kill -KILL "$PPID"
}

input=$1
output=$2
shift 2
[ -p "${FAKE_FINISH_GATE:-}" ] && : <"$FAKE_FINISH_GATE"
[ -n "${FAKE_FINISH_KILL:-}" ] && kill_parent before
case "$(head -c 16 "$input")" in
"exit "*)
  echo "fake_finish: told to" >&2
  exit "$(head -n 1 "$input" | cut -c 6-)"
  ;;
esac
[ -f "$input" ] || exit 4
preview=false
waveform=false
while [ $# -gt 1 ]; do
  case $1 in
  --preview) preview=true ;;
  --waveform) waveform=true ;;
  esac
  echo "of $input" >"$2"
  shift 2
done
cp "$input" "$output.tmp" && mv "$output.tmp" "$output" || exit 5
[ -n "${FAKE_FINISH_KILL:-}" ] && kill_parent after
printf '{"audio":"aac","bytes":%s,"duration_ms":1000,"height":720,"mended":false,"preview":%s,"sha256":"%s","video":"h264","waveform":%s,"width":1280}\n' \
  "$(stat -c %s "$output")" "$preview" "$(sha256sum "$output" | cut -c 1-64)" "$waveform"
