#!/usr/bin/env bash
# Every header compiles alone:   tests/headers_test.sh <source tree> <scratch folder> <compiler and its options ...>
# Most of a header's time goes into the standard library. A header that reaches one of `bases` by its own includes has it
# compiled beforehand: nothing is hidden by that, since the header asks for all of it itself.
set -euo pipefail
root=$1 scratch=$2
shift 2
cd "$root"
bases=(layers/network/network.h core/array.h core/check.h)

# The headers that a header includes, by whatever road.
declare -A reach
reached() {
  [[ -v reach[$1] ]] && return
  reach[$1]=" "
  local header all=" $1 "
  while read -r header; do
    [[ -f $header ]] || continue
    reached "$header"
    all+="$header ${reach[$header]}"
  done < <(sed -n 's/^#include "\(.*\)"$/\1/p' "$1")
  reach[$1]=$all
}

mapfile -t headers < <(find core interchange autograd quant layers datasets edge experiments bench -name '*.h' |
  grep -v '^bench/kernels/' | sort)  # google-benchmark need not be there
[[ $* == *-DNIBBLE_ONEDNN* ]] || mapfile -t headers < <(printf '%s\n' "${headers[@]}" | grep -v /onednn/)
((${#headers[@]})) || { echo "$root holds no headers to check"; exit 1; }
declare -A group
for header in "${headers[@]}"; do
  if [[ $header == edge/kernels/* ]]; then
    group[c]+="$header "
    continue
  fi
  reached "$header"
  chosen=nothing
  for base in "${bases[@]}"; do
    [[ $header != "$base" && ${reach[$header]} == *" $base "* ]] && { chosen=$base; break; }
  done
  group[$chosen]+="$header "
done

faults=0
for base in "${!group[@]}"; do
  # shellcheck disable=SC2206  # a list of names
  names=(${group[$base]})
  case $base in
    c) gcc -std=c99 -fsyntax-only -w -x c "${names[@]}" || faults=1 ;;
    nothing) "$@" -fsyntax-only -w -I. -x c++ "${names[@]}" || faults=1 ;;
    *)
      mkdir -p "$scratch/$(dirname "$base")"
      "$@" -w -I. -x c++-header "$base" -o "$scratch/$base.gch"
      "$@" -fsyntax-only -w "-I$scratch" -I. -include "$base" -x c++ "${names[@]}" || faults=1
      ;;
  esac
done
((faults == 0)) || exit 1
echo "${#headers[@]} headers compile alone"
