#pragma once

#include <stddef.h>

/* What libnibble_mpi.so offers. Plain C, so that program and library may come from different compilers. Lives
   in mpi_library.cpp, which alone knows MPI. */

struct NibbleMpi {
  int version; /* of this structure */
  int rank, ranks, ranks_here;
  /* 0, or MPI's error. At most 1 GiB each way. Messages of different tags do not meet. patient: sleeps while
   * it waits. */
  int (*exchange)(int tag, int patient, int other, const void* sent, size_t sent_bytes, void* received,
                  size_t received_bytes);
  int (*finish)(void);
  void (*end_job)(int exit_code);
};

#define NIBBLE_MPI_VERSION 1
#define NIBBLE_MPI_START "nibble_mpi_start"
/* Joins the job. Null where MPI cannot. */
typedef const struct NibbleMpi* (*NibbleMpiStart)(void);
