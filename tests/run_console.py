#!/usr/bin/env python3
"""Runs the ```console blocks of a Markdown file and compares what they print: examples and golden tests are such files.

  run_console.py FILE.md --bin DIR [--rebase] [--unprivileged]

A line `$ command` is run by bash in a copy of the file's directory, with DIR first in PATH; the lines behind it are the output it must have
(standard error included), and a last line `[exit N]` its status if not 0. In expected output `…` stands for any text within a line; a line `…`
alone for any lines. A fence ```console needs=root,linux is skipped where that is not to be had. --rebase writes what was printed into the file
(blocks that match stay as they are). --unprivileged runs everything as uid 65534 without groups, from a copy. Exit status: 0 equal, 1 different, 77 skipped.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


def matches(expected, actual):
    """True if the lines match, with `…` as wildcard. Iterative, so a long output is no deep recursion."""
    reachable = {0}
    for line in expected:
        following = set()
        if line.strip() == "…":
            following = set(range(min(reachable, default=len(actual) + 1), len(actual) + 1))
        else:
            pattern = re.compile(".*".join(re.escape(part) for part in line.split("…")) + r"\Z", re.S)
            following = {i + 1 for i in reachable if i < len(actual) and pattern.match(actual[i])}
        reachable = following
    return len(actual) in reachable


def run(command, cwd, env, user):
    try:
        done = subprocess.run(["bash", "-c", command], cwd=cwd, env=env, **user, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
    except subprocess.TimeoutExpired:
        return ["(no end after 100 s)", "[exit 124]"]
    lines = done.stdout.decode("utf-8", "replace").replace(str(cwd), "DIR").splitlines()
    return [line.rstrip() for line in lines] + ([f"[exit {done.returncode}]"] if done.returncode else [])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rebase", action="store_true")
    parser.add_argument("--unprivileged", action="store_true")
    options = parser.parse_args()
    text = options.file.read_text().splitlines()
    out, failures, commands, user = [], 0, 0, {}
    if options.unprivileged and os.geteuid() != 0:
        print("skipped: already an ordinary user, and only root can become another one")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="skep-console-") as scratch:
        work = pathlib.Path(scratch) / "work"
        shutil.copytree(options.file.resolve().parent, work)
        os.chmod(scratch, 0o755)
        env = dict(os.environ, PATH=f"{options.bin.resolve()}:{os.environ['PATH']}", LC_ALL="C.UTF-8", NO_COLOR="1", TMPDIR=scratch)
        env.pop("SKEP_KERNEL", None)
        if options.unprivileged:
            user = {"user": 65534, "group": 65534, "extra_groups": []}
            (pathlib.Path(scratch) / "bin").mkdir()
            shutil.copy(options.bin / "skep", pathlib.Path(scratch) / "bin")
            for path in [pathlib.Path(scratch), *pathlib.Path(scratch).rglob("*")]:
                os.chown(path, 65534, 65534)
            env["PATH"] = f"{scratch}/bin:" + os.environ["PATH"]
        i = 0
        while i < len(text):
            out.append(text[i])
            if not text[i].startswith("```console"):
                i += 1
                continue
            needs = re.search(r"needs=(\S+)", text[i])
            wanted = needs.group(1).split(",") if needs else []
            end = next(j for j in range(i + 1, len(text)) if text[j].startswith("```"))
            block = text[i + 1 : end]
            i = end
            if "root" in wanted and os.geteuid() != 0:
                print(f"skipped: a block of {options.file} needs root")
                out += block
                continue
            at = 0
            while at < len(block):
                if not block[at].startswith("$ "):
                    sys.exit(f"{options.file}: a console block must start with `$ command`, not: {block[at]}")
                command = block[at][2:]
                first = at
                while command.endswith("\\"):
                    at += 1
                    command = command[:-1] + block[at]
                stop = next((j for j in range(at + 1, len(block)) if block[j].startswith("$ ")), len(block))
                expected = [line.rstrip() for line in block[at + 1 : stop]]
                actual = run(command, work, env, user)
                commands += 1
                same = matches(expected, actual)
                if not same and not options.rebase:
                    failures += 1
                    print(f"--- {options.file}: $ {command}\nexpected:")
                    print("\n".join("  " + line for line in expected))
                    print("printed:")
                    print("\n".join("  " + line for line in actual))
                out += block[first : at + 1] + (expected if same else actual)
                at = stop
    if options.rebase:
        options.file.write_text("\n".join(out) + "\n")
    if commands == 0:
        print(f"{options.file}: no command to run")
        sys.exit(77)
    print(f"{options.file}: {commands} commands, {failures} different")
    sys.exit(1 if failures else 0)


main()
