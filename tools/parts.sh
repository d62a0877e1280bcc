#!/bin/sh
# Makes real parts that tests run against where they are there: provider plug-ins, OpenTofu. What is made is kept for all checkouts of a user
# and made once; what cannot be made here (no go, no network, no time) is named, and the tests that need it say "not run". Exits 0 then too.
#
#   tools/parts.sh quick    terraform-provider-time, terraform-provider-local: a minute of one core, the first time
#   tools/parts.sh all      and OpenTofu: seven minutes more
#
# DAVIT_TEST_PARTS     where they are kept; default: davit-test-parts in the user's cache. `all`: there, and `quick` makes all too.
# DAVIT_PARTS_SECONDS  how long it may take; what is not done then goes on with the next call. Default: 110, of `all` 1800.
set -eu

TIME=github.com/hashicorp/terraform-provider-time@v0.14.2
LOCAL=github.com/terraform-providers/terraform-provider-local@v1.4.1-0.20260513075820-3561e410f9fe
TOFU=github.com/opentofu/opentofu@v1.12.6

which=${1:-quick}
parts=${DAVIT_TEST_PARTS:-}
if [ "$parts" = all ]; then
  which=all
  parts=
fi
case $which in
  quick) seconds=110 ;;
  all) seconds=1800 ;;
  *) echo "tools/parts.sh: '$which' is neither quick nor all" >&2; exit 2 ;;
esac
parts=${parts:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/davit-test-parts}
end=$(($(date +%s) + ${DAVIT_PARTS_SECONDS:-$seconds}))

# The tools take a provider from below any host's name; one that nobody has keeps these apart from those of a registry.
mirror=$parts/mirror/parts.test/davit
platform() { go env GOOS GOARCH | paste -s -d _; }
provider_file() { echo "$mirror/$1/1.0.0/$(platform)/terraform-provider-$1_v1.0.0"; }

missing() {
  for name in time local; do
    set -- "$mirror/$name"/1.0.0/*/terraform-provider-"$name"_v1.0.0
    [ -x "$1" ] || echo "terraform-provider-$name"
  done
  [ "$which" = quick ] || [ -x "$parts/bin/tofu" ] || command -v tofu >/dev/null || echo tofu
}

not_made() {
  echo "Not made, the tests that need it are not run: $(missing | paste -s -d ' ')${1:+ ($1)}"
  exit 0
}

[ -n "$(missing)" ] || exit 0
command -v go >/dev/null || not_made "there is no go"
case $parts in /nonexistent/*) not_made "there is no HOME" ;; esac
mkdir -p "$parts/bin" 2>/dev/null || not_made "$parts cannot be made"
exec 9>"$parts/lock"
flock -w $((end - $(date +%s))) 9 || not_made "somebody else is still at it"
[ -n "$(missing)" ] || exit 0

# Everything that go fetches and makes lies here, and goes when nothing is missing any more.
export GOPATH="$parts/go" GOCACHE="$parts/go/cache" GOFLAGS="-modcacherw -buildvcs=false -trimpath" GOBIN="$parts/go/made" GOTOOLCHAIN=local
log=$parts/log
: >"$log"

# With what is left of the time, in the background of whatever else the machine does.
go_in_time() {
  left=$((end - $(date +%s)))
  [ "$left" -gt 0 ] && nice -n 15 timeout "$left" go "$@" >>"$log" 2>&1 9>&-
}

make_provider() {
  [ -n "$(missing | grep -x "terraform-provider-$1" || true)" ] || return 0
  echo "Making terraform-provider-$1"
  go_in_time install -p 1 -ldflags '-s -w' "$2" || return 0
  to=$(provider_file "$1")
  mkdir -p "${to%/*}"
  mv "$GOBIN/terraform-provider-$1" "$to"
}

# `go install` takes no module that replaces others: it is built in a copy of its own.
make_tofu() {
  [ -n "$(missing | grep -x tofu || true)" ] || return 0
  echo "Making tofu"
  go_in_time mod download "$TOFU" || return 0
  rm -rf "$parts/go/tofu"
  cp -r "$GOPATH/pkg/mod/$TOFU" "$parts/go/tofu"
  chmod -R u+w "$parts/go/tofu"
  (cd "$parts/go/tofu" && go_in_time build -p 1 -ldflags '-s -w' -o "$GOBIN/tofu" ./cmd/tofu) || return 0
  mv "$GOBIN/tofu" "$parts/bin/tofu"
}

make_provider time "$TIME"
make_provider local "$LOCAL"
[ "$which" = quick ] || make_tofu
if [ -n "$(missing)" ]; then not_made "the last lines of $log: $(tail -n 2 "$log" | paste -s -d ' ')"; fi
rm -rf "$parts/go" "$log"
