#!/bin/sh
# Real objects from Debian packages: every one opens, every program survives every dialect. usage: real_objects.sh CHECK_OBJECTS SKEP DIRECTORY
set -eu
check=$1
SKEP=$2
directory=$3
export SKEP
here=$(cd "$(dirname "$0")/.." && pwd)
"$here/collect_objects.sh" "$directory"
find "$directory" -type f ! -name .version | sort | xargs "$check"
