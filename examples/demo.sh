#!/usr/bin/env bash
# The tour that ./dev demo runs: the hello worlds of the usual tutorials, in user space, as an ordinary user if we can be one.
set -euo pipefail
cd "$(dirname "$0")"
export LC_ALL=C.UTF-8

# None of this needs root: drop to nobody where we are root, so that the demo shows what it promises.
as_user=()
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
  chmod 755 "$scratch"
  mkdir "$scratch/tmp" && chmod 1777 "$scratch/tmp"
  mkdir "$scratch/bin" && cp "$(command -v skep)" "$scratch/bin/" && cp -r . "$scratch/examples" && chmod -R a+rX "$scratch"
  cd "$scratch/examples"
  as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups env "PATH=$scratch/bin:$PATH" "TMPDIR=$scratch/tmp" HOME="$scratch/tmp")
fi

step() {
  if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$1"; else printf '\n%s\n' "$1"; fi
  printf '$ %s\n' "$2"
  "${as_user[@]}" bash -c "$2" 2>&1
}

step "1. Bytecode written by hand: a C array, pasted as it is" "skep run hello-bytecode/hello.insns --type socket_filter"
step "2. The same instructions, for people" "skep disasm hello-bytecode/hello.insns"
step "3. An object file: what is in it" "skep inspect hello-object/test_bpf.c"
step "4. An XDP program with a counter, over ten captured packets" "skep run packet-counter/hello.bpf.c --pcap packet-counter/ten-packets.pcap --dump-maps"
step "5. A tracepoint program, fired by the system calls of a live process" "skep run write-trace/hello.bpf.c -- ls -l write-trace"
step "6. A program that reads where it may not: where, what, why" "skep run out-of-bounds/reader.bpf.c --data '00 11 22 33 44 55 66 77 88 99 aa bb 08 00' || true"
printf '\nThat was eBPF with %s. Next: skep --help, and examples/.\n' "$([ ${#as_user[@]} -eq 0 ] && echo "your own privileges" || echo "no privileges: user $("${as_user[@]}" id -u)")"
