#!/bin/sh
# Holds the undefined symbols of a library to the list of those that it may ask for: symbols.sh NM LIBRARY LIST.
set -eu

allowed=$(sed -n 's/^  //p' "$3" | tr ' ' '\n')
found=$("$1" -u "$2" | sed -nE 's/^ +[UVw] //p' | sort -u)
[ -n "$found" ]
new=$(printf '%s\n' "$found" | grep -vxF "$allowed" || true)
[ -z "$new" ] || { echo "symbols: not in $3:" $new >&2; exit 1; }
