# Shared by the scripts in tools/: packages, build, words. Sourced, not run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${MULLION_BUILD_DIR:-$root/build}

# One line a step, with the time since the script began.
step() { printf '\033[1m[%4ds]\033[0m %s\n' "$SECONDS" "$*" >&2; }
die() { printf '\033[1;31merror:\033[0m %s\n' "$*" >&2; exit 1; }

# Names of the packages in the given lists (tools/packages/NAME), without comments.
packages_of() {
  local list
  for list in "$@"; do sed -e 's/#.*//' -e '/^\s*$/d' "$root/tools/packages/$list"; done
}

# Installs what the lists name and the system lacks; without root it says how.
ensure_packages() {
  local wanted missing
  wanted=$(packages_of "$@")
  # A newer Node than Debian's may be there already; its npm comes with it.
  if command -v node npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]; then
    wanted=$(grep -vxE 'nodejs|npm' <<<"$wanted")
  fi
  # shellcheck disable=SC2086 # one word a package
  missing=$(comm -23 <(sort -u <<<"$wanted") \
    <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' | sort -u))
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || die "these Debian packages are missing: $(echo $missing)"
  if [ "$(id -u)" != 0 ]; then
    die "packages are missing. Install them, then start again:

    sudo apt-get update && sudo apt-get install -y --no-install-recommends $(echo $missing)"
  fi
  step "installing $(wc -l <<<"$missing") packages: $(echo $missing)"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >&2 || die "apt-get update failed; is there a network?"
  # shellcheck disable=SC2086
  apt-get install -q -y --no-install-recommends $missing >&2 || die "apt-get install failed, see above"
  # Debian starts it with its package. Tests have a coturn of their own; one that was there stays as it is.
  if grep -qx coturn <<<"$missing" && [ -d /run/systemd/system ]; then
    systemctl disable --now coturn >&2 || step "coturn's service, which nobody needs, cannot be stopped"
  fi
}

# Configures once and builds the named targets, or everything.
build_programs() {
  if [ ! -f "$build/build.ninja" ]; then
    step "configuring the build"
    meson setup "$build" "$root" >&2 || die "meson setup failed, see above"
  fi
  step "building ${*:-everything}"
  ninja -C "$build" "$@" >&2 || die "the build failed, see above"
}

# Installs a folder's npm packages where its lock file changed.
npm_install() {
  local mark=$1/node_modules/.package-lock.json
  if [ -f "$mark" ] && [ ! "$1/package-lock.json" -nt "$mark" ]; then return 0; fi
  step "installing npm packages of ${1#"$root"/}"
  (cd "$1" && npm ci --no-fund --no-audit --loglevel=error >&2) || die "npm ci failed, see above"
  touch "$mark"
}

# Builds the pages where a source changed.
build_web() {
  local web=$root/web
  npm_install "$web"
  if [ ! -f "$web/dist/index.html" ] ||
     [ -n "$(find "$web" -newer "$web/dist/index.html" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print -quit)" ]; then
    step "building the web client"
    (cd "$web" && npm run --silent build >&2) || die "the web client does not build, see above"
  fi
}
