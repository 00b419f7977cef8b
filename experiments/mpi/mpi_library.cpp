// libnibble_mpi.so: the program's only contact with MPI, loaded where mpirun has started it.

#include "experiments/mpi/mpi_library.h"

#define OMPI_SKIP_MPICXX  // the C++ form of old MPI, which needs a library of its own
#include <mpi.h>
#include <time.h>

namespace {

// While MPI waits it asks again and again, which takes a processor.
constexpr timespec kPatience{0, 30'000};

int exchange(int tag, int patient, int other, const void* sent, size_t sent_bytes, void* received,
             size_t received_bytes) {
  const int to_send = static_cast<int>(sent_bytes), to_receive = static_cast<int>(received_bytes);
  if (!patient)
    return MPI_Sendrecv(sent, to_send, MPI_BYTE, other, tag, received, to_receive, MPI_BYTE, other, tag,
                        MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  MPI_Request requests[2];
  int error = MPI_Irecv(received, to_receive, MPI_BYTE, other, tag, MPI_COMM_WORLD, &requests[0]);
  if (error == MPI_SUCCESS)
    error = MPI_Isend(sent, to_send, MPI_BYTE, other, tag, MPI_COMM_WORLD, &requests[1]);
  for (int done = 0; error == MPI_SUCCESS && !done;) {
    error = MPI_Testall(2, requests, &done, MPI_STATUSES_IGNORE);
    if (!done) nanosleep(&kPatience, nullptr);
  }
  return error;
}

int finish() { return MPI_Finalize(); }

void end_job(int exit_code) { MPI_Abort(MPI_COMM_WORLD, exit_code); }

NibbleMpi job{NIBBLE_MPI_VERSION, 0, 1, 1, exchange, finish, end_job};

}  // namespace

extern "C" const NibbleMpi* nibble_mpi_start() {
  int threads = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &threads) != MPI_SUCCESS) return nullptr;
  if (threads < MPI_THREAD_MULTIPLE) return nullptr;
  MPI_Comm here;
  MPI_Comm_rank(MPI_COMM_WORLD, &job.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &job.ranks);
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
  MPI_Comm_size(here, &job.ranks_here);
  MPI_Comm_free(&here);
  return &job;
}
