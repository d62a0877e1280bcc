#!/bin/sh
# Runs each libFuzzer target over a fixed number of inputs, beginning with its corpus in tests/fuzz/corpus. Stops at the first finding.
#
#   tools/fuzz.sh BUILD INPUTS
set -eu
build=$1
inputs=$2
found=0
# Where it may be: addresses that are the same each time, as they decide which inputs libFuzzer keeps.
fixed=
if setarch -R true 2>/dev/null; then fixed="setarch -R"; fi
for target in $(find "$build" -type f -name 'fuzz_*' -perm -u+x | sort); do
  name=$(basename "$target")
  corpus=tests/fuzz/corpus/${name#fuzz_}
  kept=$build/corpus/${name#fuzz_}
  mkdir -p "$kept"
  [ -d "$corpus" ] || corpus=
  echo "$name: $inputs inputs"
  # A fixed seed and nothing read again by the clock, so that CI does the same each time. New inputs go to the first directory: the
  # checked-in corpus stays as it is.
  $fixed "$target" -seed=1 -reload=0 -runs="$inputs" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=0 \
    -artifact_prefix="$build/$name-" "$kept" $corpus
  found=$((found + 1))
done
if [ "$found" = 0 ]; then
  echo "tools/fuzz.sh: no fuzz target in $build" >&2
  exit 1
fi
echo "fuzz: $found targets, nothing found"
