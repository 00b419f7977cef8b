#include "experiments/mpi/mpi_job.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "core/check.h"
#include "experiments/mpi/mpi_library.h"
#include "experiments/process/exit_codes.h"

namespace nibble {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // of a message
const std::string kLibrary = "libnibble_mpi.so";

// What OpenMPI, and Slurm with PMIx, say to the processes that they start: how many there are, and which one
// this is.
constexpr const char *kOpenMpi = "OMPI_COMM_WORLD_SIZE", *kOpenMpiRank = "OMPI_COMM_WORLD_RANK",
                     *kPmix = "PMIX_RANK", *kSlurm = "SLURM_STEP_NUM_TASKS";

int number_in(const char* variable, int otherwise) {
  const char* const text = std::getenv(variable);
  return text ? std::atoi(text) : otherwise;
}

// Of all processes of this one's job.
struct JobPlace {
  int rank = 0, processes = 1;
};

JobPlace place_in_job() {
  if (std::getenv(kOpenMpi)) return {number_in(kOpenMpiRank, 0), number_in(kOpenMpi, 1)};
  if (std::getenv(kPmix)) return {number_in(kPmix, 0), number_in(kSlurm, 1)};
  return {};
}

// Beside the program, or where an installed program has its libraries.
std::string library_path() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (const auto& folder : {program, program.parent_path() / "lib" / "nibble"})
    if (std::filesystem::exists(folder / kLibrary)) return folder / kLibrary;
  fail("mpirun has started this process, but ", kLibrary, " is not beside the program in ", program.string(),
       "; where libopenmpi-dev is installed, the build makes it");
}

class LoadedMpiJob : public MpiJob, public Ranks {
 public:
  explicit LoadedMpiJob(const NibbleMpi& mpi) : mpi_(mpi) {}
  ~LoadedMpiJob() override {
    if (!finished_) mpi_.end_job(exit_code_);
  }

  Ranks& ranks() override { return *this; }
  int processes_here() const override { return mpi_.ranks_here; }
  void finish() override {
    finished_ = true;
    mpi_.finish();
  }

  void end_with(int exit_code) override { exit_code_ = exit_code; }

  long count() const override { return mpi_.ranks; }
  long index() const override { return mpi_.rank; }
  void exchange(Channel channel, long other, std::span<const std::byte> sent,
                std::span<std::byte> received) override {
    do {
      const std::size_t some = std::min(kMostBytes, sent.size()),
                        back = std::min(kMostBytes, received.size());
      const int error = mpi_.exchange(static_cast<int>(channel), channel == Channel::beside ? 1 : 0,
                                      static_cast<int>(other), sent.data(), some, received.data(), back);
      check(error == 0, "mpi: rank ", index(), " could not exchange ", some, " bytes with rank ", other,
            ", error ", error);
      sent = sent.subspan(some);
      received = received.subspan(back);
    } while (!sent.empty() || !received.empty());
  }

 private:
  const NibbleMpi& mpi_;
  bool finished_ = false;
  int exit_code_ = kFailure;
};

}  // namespace

std::unique_ptr<MpiJob> MpiJob::join() {
  if (place_in_job().processes <= 1) return nullptr;
  const std::string path = library_path();
  void* const library =
      dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);  // OpenMPI looks for its own parts in it
  check(library != nullptr, "mpi: ", library == nullptr ? dlerror() : "");
  const auto start = reinterpret_cast<NibbleMpiStart>(dlsym(library, NIBBLE_MPI_START));
  const NibbleMpi* const mpi = start ? start() : nullptr;
  check(mpi != nullptr && mpi->version == NIBBLE_MPI_VERSION, path, ": found no MPI that fits this program");
  return std::make_unique<LoadedMpiJob>(*mpi);
}

void expect_one_process(const std::string& verb) {
  const JobPlace place = place_in_job();
  if (place.processes <= 1) return;
  if (place.rank > 0) std::this_thread::sleep_for(kFirstSpeaks);
  usage_error("'nibble ", verb, "' was started as ", place.processes,
              " processes of one job, expected one process; 'nibble train' and 'nibble sweep' share work");
}

void start_others_alone() {
  unsetenv(kOpenMpi);
  unsetenv(kPmix);
}

}  // namespace nibble
