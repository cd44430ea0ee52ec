#!/usr/bin/env bash
# Installs the named servers from Debian's packages where they are missing and where that is possible: as root (or by sudo
# without a password), with apt. What cannot be had is said here; its suites are then skipped, named, with the reason.
set -u

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=()
for server in "$@"; do command -v "$server" >/dev/null || missing+=("$server"); done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null || ! as_root true 2>/dev/null; then
  echo "not installed, and cannot be installed without apt and root: ${missing[*]}"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# What a stable release lacks may be in its backports. They are asked through a list of our own: the machine's stay as they are.
mirror=$(grep -rhoE '[a-z+]+://[^ ]*/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' ')
backports=$(mktemp)
echo "deb $mirror $release-backports main" >"$backports"

install() { # what $1 is called, with further options of apt
  as_root apt-get "${@:2}" update -qq >/dev/null 2>&1
  as_root apt-get "${@:2}" install -y -qq "$1" >/dev/null 2>&1
}

for server in "${missing[@]}"; do
  install "$server" ||
    install "$server" -o "Dir::Etc::SourceList=$backports" -t "$release-backports" ||
    echo "not installed, and Debian's packages here do not have it: $server"
done
rm -f "$backports"
exit 0
