#!/usr/bin/env bash
# Headers ask for what they use:   tests/headers_test.sh <source tree> <scratch folder> <compiler and its options ...>
# To compile each header alone takes minutes. So the names that are used most have to be asked for, which is a matter of
# text, and all headers of a folder are compiled in one unit, those that include least first, so that little hides a fault.
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
  local header other
  local -A all=(["$1"]=1)
  while read -r header; do
    [[ -f $header ]] || continue
    reached "$header"
    for other in ${reach[$header]}; do all[$other]=1; done
  done < <(sed -n 's/^#include "\(.*\)"$/\1/p' "$1")
  reach[$1]=" ${!all[*]} "
}

# A name, and the headers of which one has to be asked for.
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
^[^/]*\b(check|fail)\(                                  core/check.h
^[^/]*\b(Tensor|Array<)                                 core/array.h
^[^/]*\bReal\b                                          core/real.h
^[^/]*\bVar\b                                           autograd/var.h
END
}

faults=0
for header in "${ours[@]}"; do reached "$header"; done
while read -r pattern providers; do
  for header in $(grep -lP "$pattern" "${ours[@]}" || true); do
    found=0
    for provider in $providers; do
      if [[ $provider == *.h ]]; then
        [[ ${reach[$header]} == *" $provider "* ]] && found=1
      else
        # shellcheck disable=SC2086  # a list of names
        grep -qF "#include <$provider>" "$header" ${reach[$header]} && found=1
      fi
    done
    ((found)) || { echo "$header: uses ${pattern//\\/}, expected to include ${providers%% *}"; faults=1; }
  done
done < <(names)

gcc -std=c99 -fsyntax-only -w -x c "${device[@]}" || faults=1
mkdir -p "$scratch"
for folder in $(printf '%s\n' "${ours[@]}" | cut -d/ -f1 | sort -u); do
  for header in "${ours[@]}"; do
    if [[ $header == "$folder"/* ]]; then printf '%s %s\n' "$(wc -w <<<"${reach[$header]}")" "$header"; fi
  done | sort -n | sed 's/.* \(.*\)/#include "\1"/' >"$scratch/$folder.cpp"
  "$@" -fsyntax-only -w -I. "$scratch/$folder.cpp" || faults=1
done
((faults == 0)) || exit 1
echo "${#headers[@]} headers ask for what they use"
