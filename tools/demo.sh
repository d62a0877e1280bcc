#!/bin/sh
# The demo: davit lifts a copy of the example stack, finds nothing to do, shows its outputs and lowers it again.
#
#   tools/demo.sh DAVIT
#
# Everything happens in build/demo: the copy of the stack, its .davit, and the key that encrypts it, which would otherwise be made in the
# user's ~/.config.
set -eu
davit=$(realpath "$1")
demo=build/demo
stack=shop
tool=$(command -v terraform || command -v tofu || true)
[ -n "$tool" ] || stack=shop-scripts

rm -rf "$demo"
mkdir -p "$demo"
cp -R "examples/$stack" "$demo/shop"
XDG_CONFIG_HOME=$(realpath "$demo")/config
XDG_CACHE_HOME=$(realpath "$demo")/cache
export XDG_CONFIG_HOME XDG_CACHE_HOME
mkdir -p "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME"
cd "$demo/shop"

bold= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
run() {
  printf '\n%s$ davit %s%s\n' "$bold" "$*" "$plain"
  "$davit" "$@"
}

echo
if [ -n "$tool" ]; then
  echo "A shop in eight components: six Terraform modules, a Makefile and two scripts. Nothing outside of build/demo is touched."
else
  echo "There is neither terraform nor tofu on the PATH, so this is examples/shop-scripts: the same shop in eight components, with scripts"
  echo "only. Install Terraform 1.4 (or OpenTofu 1.6) or later to see examples/shop. Nothing outside of build/demo is touched."
fi
run graph
run up --auto-approve
run up --auto-approve
run outputs
run down --auto-approve

cat <<END

That was a whole life: lifted in parallel, in the order that follows from who uses whose outputs; found unchanged without starting a process;
lowered in reverse. Things to try:

  export PATH="$(dirname "$davit"):\$PATH"
  cp -R examples/$stack /tmp/shop && cd /tmp/shop
  davit up                           asks before it changes something
  SHOP_DOMAIN=shop.test davit up     only what uses the domain runs again
  davit up, then Ctrl-C              ends what has begun, starts nothing new; the next up goes on
  davit help                         all commands; the manual is docs/manual/index.md
END
