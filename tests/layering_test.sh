#!/usr/bin/env bash
# Includes point left only (docs/architecture.md, "Who may include whom"). Reads the includes below a source tree and
# fails, naming file and line:   tests/layering_test.sh <source tree>
set -euo pipefail
cd "$1"

# The rooms of the house, and the rooms (or single headers) that the files of each may include beside their own. A file
# belongs to the room with the longest matching name. Rooms that may include each other are one room in two folders.
kernels="core/kernels/conv core/kernels/integer core/kernels/matrix core/kernels/onednn core/kernels/pointwise
  core/kernels/recurrent"
core="core core/parts core/simd $kernels"
tape="$core autograd autograd/ops"
quantizers="$tape quant quant/grids quant/ops quant/chains quant/methods"
networks="$quantizers layers layers/network layers/darknet layers/models"
files="core/files interchange"
readers="core core/parts datasets/files datasets/stream datasets/images datasets/pictures datasets/coco datasets/text"
data="$readers datasets datasets/fetch"
seen_by_edge="core core/parts core/simd core/files $kernels quant quant/grids layers layers/network edge/graph"
device="edge/graph edge/lower edge/run edge/emit edge/check"
# The rooms of the program, from left to right; profile, launch, sensitivity and report know nothing of each other.
configured="experiments/process experiments/mpi experiments/config"
recorded="$configured experiments/results"
trained="$recorded experiments/detection experiments/tasks experiments/reconstruct experiments/training"
program="$networks $files $data $device $trained experiments experiments/profile experiments/launch
  experiments/cluster experiments/sensitivity experiments/report experiments/verbs"
room() { echo room "$1" "$@"; }
rooms() {
  room core/simd core/real.h
  room core core/simd
  room core/parts core
  room core/files core
  for folder in $kernels core/kernels/plain; do room "$folder" $core; done
  room interchange core core/files
  room autograd $core
  room autograd/ops $core autograd
  room quant/grids $tape
  room quant/ops $tape quant/grids
  room quant/chains $tape quant/grids quant/ops
  room quant/methods $tape quant/grids quant/ops
  room quant $tape quant/grids quant/ops quant/methods
  room layers $quantizers
  room layers/network $quantizers layers
  room layers/darknet $quantizers layers layers/network
  room layers/models $quantizers layers layers/network layers/darknet
  room datasets $readers
  room datasets/files core
  room datasets/stream core
  room datasets/images core datasets/files datasets/stream
  room datasets/pictures core core/files datasets/files datasets/stream datasets/images
  room datasets/coco core core/files datasets/files datasets/stream datasets/images datasets/pictures
  room datasets/text core datasets/files datasets/stream
  room datasets/fetch $readers
  room edge/graph core core/simd $kernels quant
  room edge/lower $seen_by_edge
  room edge/run $seen_by_edge
  room edge/emit $seen_by_edge edge/run
  room edge/ops core core/simd $kernels edge/graph edge/run edge/emit  # what each op is; nobody includes it
  room edge/check $seen_by_edge edge/run edge/emit
  room experiments/process $core
  room experiments/mpi core core/parts experiments/process
  room experiments/config $networks core/files datasets experiments/process
  room experiments/results $core core/files $configured
  room experiments/detection $networks core/files $data experiments/process
  room experiments/tasks $networks core/files $data $device $recorded experiments/detection
  room experiments/reconstruct $networks core/files $configured
  room experiments/training $networks $files $data $device $recorded experiments/tasks experiments/reconstruct
  room experiments/profile $networks $files $data $trained
  room experiments/launch $core core/files $data $trained
  room experiments/cluster core core/files $configured experiments/results experiments/launch
  room experiments/sensitivity $networks $recorded experiments/tasks
  room experiments/report core core/files layers/network datasets datasets/pictures $recorded experiments/training
  room experiments/verbs $networks $files $data $device $trained experiments/profile experiments/launch experiments/cluster \
    experiments/sensitivity experiments/report
  room experiments $program
  room edge/kernels/portable
  room bench $program
  room tests $program edge/kernels/portable bench
}

# library header (a regular expression), and where it may be included (another one)
libraries() {
  cat <<'END'
library ^(dnnl|oneapi/) ^(core/kernels/onednn/[a-z0-9_]+|bench/int8_chain)\.(cpp|h)$
library ^omp\.h$ ^core/parallel\.cpp$
library ^(Eigen|unsupported)/ ^(core|autograd|tests|bench)/
library ^hdf5 ^(core/files/hdf5_[a-z]+|tests/.*)\.(h|cpp)$
library ^fmt/ ^(core/files|edge/emit|experiments|bench)/
library ^archive ^(interchange/zip_archive|datasets/.*)\.cpp$
library ^nlohmann/ ^(interchange/safetensors|datasets/coco/coco_file|experiments/.*|bench/.*|tests/.*)\.(h|cpp)$
library ^boost/ ^experiments/
library ^(curl|openssl)/ ^datasets/
library ^(turbojpeg|png)\.h$ ^(datasets/pictures|tests)/
library ^catch2/ ^(tests|bench)/
library ^mpi\.h$ ^experiments/mpi/mpi_library\.cpp$
END
}

sources=$(for folder in core interchange autograd quant layers datasets edge experiments bench tests; do
  [[ ! -d $folder ]] || find "$folder" -name '*.h' -o -name '*.cpp' -o -name '*.c'
done | grep -v '^tests/fixtures/' | sort)  # those are of this very test
[[ $sources ]] || { echo "$1 holds no sources to check"; exit 1; }

# What awk reads, in this order: the rooms, the libraries, the files that exist, and every include with file and line.
{ rooms && libraries && sed 's/^/file /' <<<"$sources" &&
  xargs grep -nE '^[ 	]*#[ 	]*include[ 	]*[<"]' /dev/null <<<"$sources" | sed 's/^\([^:]*\):\([0-9]*\):/include \1 \2 /'
} | awk '
  function room_of(file,   name, best) {
    for (name in rooms) if (index(file, name "/") == 1 && length(name) > length(best)) best = name
    return best
  }
  function fault(sentence) { print file ":" line ": " sentence; faults++ }
  $1 == "room" { rooms[$2] = 1; for (i = 3; i <= NF; i++) if (!(($2, $i) in sees)) { sees[$2, $i] = 1; allowed[$2] = allowed[$2] " " $i } }
  $1 == "library" { header[++rules] = $2; place[rules] = $3 }
  $1 == "file" { exists[$2] = 1; checked++ }
  $1 == "include" {
    file = $2; line = $3; included = $0
    sub(/[^<"]*[<"]/, "", included); sub(/[>"].*/, "", included)
    quoted = $0 ~ /include[ \t]*"/
    folder = own = file
    sub(/[^\/]*$/, "", folder); sub(/\.cpp$/, ".h", own)
    if (file ~ /^edge\/kernels\//) {  # C of the device: nothing but stdint.h and its own headers
      if (included != "stdint.h" && !(included ~ /^nbl_/ && (folder included) in exists))
        fault("a kernel includes " included ", expected stdint.h or another nbl_ header of its folder")
    } else if (quoted && file !~ /\.c$/) {
      from = room_of(file)
      if (!(included in exists))
        fault("\"" included "\" is no file below the root; includes are written by path from there")
      else if (!((from, room_of(included)) in sees) && !((from, included) in sees))
        fault(from "/ includes " included ", expected headers of" allowed[from] " only")
    } else if (!quoted) {
      for (rule = 1; rule <= rules; rule++) if (included ~ header[rule] && file !~ place[rule])
        fault("<" included "> may be included in " place[rule] " only")
    }
    # A reader finds what a source is about in its first line.
    if (!(file in begun) && own != file && own in exists && included != own)
      fault("the first include is " included ", expected its own header " own)
    begun[file] = 1
  }
  END {
    if (faults) { print faults " includes point the wrong way"; exit 1 }
    print checked " files include only what they may"
  }'
