#!/bin/sh
# Installs the Debian packages that a set of make targets needs, and only those that are missing; where nothing is missing no network is
# used and nothing is asked.
#
#   tools/packages.sh SET...      build: build, test, demo.   clang: asan, fuzz, lint, format.
set -eu

BUILD="g++ cmake ninja-build make pkg-config python3 python3-jsonschema python3-yaml curl strace git mold
  libboost1.81-dev libboost-json1.81-dev libexpected-dev libcli11-dev libsqlite3-dev libyaml-dev libsodium-dev libmbedtls-dev libzstd-dev zlib1g-dev libre2-dev libabsl-dev
  libgtest-dev librapidcheck-dev"
CLANG="clang-16 libclang-rt-16-dev clang-tidy-16 clang-format-16"

wanted=
for set in "$@"; do
  case $set in
    build) wanted="$wanted $BUILD" ;;
    clang) wanted="$wanted $CLANG" ;;
    *) echo "tools/packages.sh: there is no set '$set' (build, clang)" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "This is no Debian: install what these packages hold yourself, if the build misses it:" $wanted >&2
  exit 0
fi

missing=
for package in $wanted; do
  # One line for each architecture that it is known for.
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null; then
    as_root=sudo
  else
    echo "These packages are missing, and there is no sudo. As root: apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
fi
echo "Installing$missing"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
