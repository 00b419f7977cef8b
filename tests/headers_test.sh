#!/usr/bin/env bash
# Every header compiles alone:   tests/headers_test.sh <source tree> <scratch folder> <compiler and its options ...>
# Most of a header's time goes into the standard library. So all standard headers that ours name are compiled once, before.
# That would hide that a header forgets one of them; the names that a header uses tell.
set -euo pipefail
root=$1 scratch=$2
shift 2
cd "$root"

mapfile -t headers < <(find core interchange autograd quant layers datasets edge experiments bench -name '*.h' |
  grep -v '^bench/kernels/' | sort)  # google-benchmark need not be there
[[ $* == *-DNIBBLE_ONEDNN* ]] || mapfile -t headers < <(printf '%s\n' "${headers[@]}" | grep -v /onednn/)
((${#headers[@]})) || { echo "$root holds no headers to check"; exit 1; }
mapfile -t device < <(printf '%s\n' "${headers[@]}" | grep '^edge/kernels/')
mapfile -t ours < <(printf '%s\n' "${headers[@]}" | grep -v '^edge/kernels/')

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

# Names of the standard library, and the headers of which one has to be asked for.
names() {
  cat <<'END'
std::vector<                                            vector
std::(to_)?string\b                                     string sstream iostream filesystem
std::string_view\b                                      string_view string
std::function<                                          functional
std::map<                                               map
std::set<                                               set
std::(optional<|nullopt)                                optional
std::(variant<|visit\(|get_if<|holds_alternative<)      variant
std::(unique_ptr|shared_ptr|make_unique|make_shared)<   memory
std::array<                                             array
std::span<                                              span
std::(mutex|lock_guard|unique_lock)\b                   mutex
std::atomic\b                                           atomic
std::thread\b                                           thread
std::(o|i)?stringstream\b                               sstream
std::ostream\b                                          ostream iostream sstream
std::u?int(8|16|32|64)_t\b                              cstdint
std::(min|max|clamp|sort|all_of|any_of|none_of|find_if|copy|fill|transform)\(   algorithm
std::(floor|sqrt|exp|exp2|log|isnan|isfinite|isinf|ldexp|tanh)\(                cmath
std::filesystem\b                                       filesystem
std::chrono\b                                           chrono
std::numeric_limits<                                    limits
std::tuple<                                             tuple
std::runtime_error\b                                    stdexcept
std::mem(cpy|cmp|set)\(                                 cstring
END
}

faults=0
includes=$(grep -hoE '^#include <[^>]+>' "${ours[@]}" | sort -u)
while read -r pattern providers; do
  alternatives=${providers// /|}
  while read -r header; do
    reached "$header"
    # shellcheck disable=SC2086  # a list of names
    grep -qE "^#include <($alternatives)>" "$header" ${reach[$header]} && continue
    echo "$header: uses ${pattern//\\/}, expected #include <${providers%% *}>"
    faults=1
  done < <(grep -lE "$pattern" "${ours[@]}" || true)
done < <(names)

gcc -std=c99 -fsyntax-only -w -x c "${device[@]}" || faults=1

# Eigen's headers are slow to parse, and only few of ours want them.
mkdir -p "$scratch"
grep -vE '<(Eigen|unsupported|dnnl|oneapi|benchmark)' <<<"$includes" >"$scratch/standard.h"
"$@" -w -I. -x c++-header "$scratch/standard.h" -o "$scratch/standard.h.gch"
check_some() { "$@" -fsyntax-only -w -I. -include "$scratch/standard.h" -x c++ "${part[@]}"; }
half=$((${#ours[@]} / 2))
part=("${ours[@]:0:half}")
check_some "$@" &
part=("${ours[@]:half}")
check_some "$@" || faults=1
wait $! || faults=1
((faults == 0)) || exit 1
echo "${#headers[@]} headers compile alone"
