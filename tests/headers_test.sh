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
((${#headers[@]})) || { echo "$root holds no headers to check"; exit 1; }
options=(-fsyntax-only -w "-I$scratch" -I. "${@:2}")
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
  case $base in
    c) language=(-x c -std=c99 -Iedge/kernels/portable) ;;
    nothing) language=(-x c++) ;;
    *)
      mkdir -p "$scratch/$(dirname "$base")"
      "$1" "${options[@]/-fsyntax-only/-O0}" -x c++-header "$base" -o "$scratch/$base.gch"
      language=(-x c++ -Winvalid-pch -include "$base")
      ;;
  esac
  # shellcheck disable=SC2086  # a list of names
  if [[ $base == c ]]; then
    gcc -fsyntax-only -w "${language[@]}" ${group[$base]} || faults=1
  else
    "$1" "${options[@]}" "${language[@]}" ${group[$base]} || faults=1
  fi
done
((faults == 0)) && echo "${#headers[@]} headers compile alone"
exit $faults
