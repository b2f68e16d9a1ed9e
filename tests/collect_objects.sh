#!/bin/sh
# Real eBPF objects, for tests that ask whether everything opens: from Debian packages, downloaded with apt and unpacked, never installed.
#   tests/collect_objects.sh [DIRECTORY]      default: build/objects
# Afterwards DIRECTORY/PACKAGE/ holds the package's objects, those inside executables (libbpf skeletons) taken out with `skep extract --embedded`; $SKEP names the
# command, else the newest build's is taken. A package whose version is there already is not fetched again.
# Exit status: 0 all there; 77 skipped, with the reason (the convention of automake and CTest's SKIP_RETURN_CODE).
set -eu

packages='libbpf-tools libxdp1 golang-github-cilium-ebpf-dev xdp-tools ir-keytable'
here=$(cd "$(dirname "$0")/.." && pwd)
directory=${1:-$here/build/objects}

skip() {
  echo "skipped: $1"
  exit 77
}

find_skep() {
  if [ -n "${SKEP:-}" ]; then
    echo "$SKEP"
    return
  fi
  ls -t "$here"/build/bin/skep "$here"/build/*/bin/skep 2>/dev/null | head -n 1
}

# fetch PACKAGE VERSION: the objects of a package into $directory/PACKAGE.
fetch() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  (cd "$scratch" && apt-get -q download "$1=$2" >apt.log 2>&1) || skip "apt cannot download $1: $(grep '^E:' "$scratch/apt.log" | head -n 1)"
  dpkg-deb -x "$scratch"/*.deb "$scratch/root"
  rm -rf "${directory:?}/$1"
  mkdir -p "$directory/$1"
  find -L "$scratch/root" -type f \( -name '*.o' -o -name '*.elf' \) -exec cp {} "$directory/$1/" \;
  find -L "$scratch/root/usr/sbin" "$scratch/root/usr/bin" -type f 2>/dev/null | while read -r executable; do
    "$skep" extract --embedded "$executable" -o "$directory/$1" >/dev/null 2>&1 || echo "no object inside of $executable"
  done
  echo "$2" >"$directory/$1/.version"
  rm -rf "$scratch"
  trap - EXIT
}

command -v apt-get >/dev/null 2>&1 || skip 'there is no apt-get'
command -v dpkg-deb >/dev/null 2>&1 || skip 'there is no dpkg-deb'
skep=$(find_skep)
[ -n "$skep" ] && [ -x "$skep" ] || skip 'there is no skep command to take objects out of executables; build it or set SKEP'

mkdir -p "$directory"
for package in $packages; do
  version=$(apt-cache policy "$package" 2>/dev/null | sed -n 's/^ *Candidate: //p')
  have=$(cat "$directory/$package/.version" 2>/dev/null || true)
  if [ -z "$version" ] || [ "$version" = '(none)' ]; then
    [ -n "$have" ] || skip "apt does not know $package (apt-get update?)"
  elif [ "$version" != "$have" ]; then
    fetch "$package" "$version"
  fi
  echo "$package $(cat "$directory/$package/.version"): $(find "$directory/$package" -type f ! -name .version | wc -l) objects in $directory/$package"
done
