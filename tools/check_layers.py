#!/usr/bin/env python3
"""Keeps the architecture true: a module includes only the modules its line in skep/CMakeLists.txt names, of another module only the
face header (skep/X/X.hpp) and its rows (*.def), and no source file grows past 500 lines. Prints each breach as file:line; exit status 1 if there is one."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
lines = re.findall(r"^module\((\w+)(?:\s+DEPENDS\s+([\w ]*?))?(?:\s+LIBRARIES.*)?\)", (root / "skep/CMakeLists.txt").read_text(), re.M)
modules = {name: set(depends.split()) for name, depends in lines}
breaches = []

for name, depends in modules.items():
    missing = {d for d in depends if d not in modules}
    if missing:
        breaches.append(f"skep/CMakeLists.txt: {name} depends on {', '.join(sorted(missing))}, which is no module above")

for folder in ["skep", "cli", "tests", "fuzz", "bench"]:
    for path in sorted((root / folder).rglob("*.[ch]pp")):
        parts = path.relative_to(root).parts
        own = parts[1] if parts[0] == "skep" and len(parts) > 2 else None
        text = path.read_text()
        for number, line in enumerate(text.splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+"skep/(\w+)/([\w.]+)"', line)
            if not found:
                continue
            module, header = found.groups()
            where = f"{path.relative_to(root)}:{number}"
            if module == own:
                continue
            if module not in modules:
                breaches.append(f"{where}: there is no module {module}")
            elif own is not None and module not in modules[own]:
                breaches.append(f"{where}: {own} does not depend on {module} (skep/CMakeLists.txt)")
            elif header != f"{module}.hpp" and not header.endswith(".def"):
                breaches.append(f"{where}: of {module} only its face skep/{module}/{module}.hpp may be included, not {header}")
        if text.count("\n") > 500:
            breaches.append(f"{path.relative_to(root)}: {text.count(chr(10))} lines; a file holds one concept, 500 lines at most")

for breach in breaches:
    print(breach)
sys.exit(1 if breaches else 0)
