/* A disk that is full from the N-th write on, N = FULL_DISK_AT: preloaded in front of the C library by
   tests/campaign/full_disk_test.cpp. What the program tells its user always arrives. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long writes_done;

static int is_full(int descriptor) {
  static long first_full = -1;
  struct stat status;
  if (first_full < 0) first_full = getenv("FULL_DISK_AT") ? atol(getenv("FULL_DISK_AT")) : 0;
  if (first_full == 0 || descriptor <= 2 || fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    return 0;
  if (__sync_add_and_fetch(&writes_done, 1) < first_full) return 0;
  errno = ENOSPC;
  return 1;
}

/* The C library's own function of that name. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void* bytes, size_t count) {
  return is_full(descriptor) ? -1 : REAL(write)(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at) {
  return is_full(descriptor) ? -1 : REAL(pwrite)(descriptor, bytes, count, at);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t at) {
  return is_full(descriptor) ? -1 : REAL(pwrite64)(descriptor, bytes, count, at);
}

ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  return is_full(descriptor) ? -1 : REAL(writev)(descriptor, parts, count);
}

size_t fwrite(const void* bytes, size_t size, size_t count, FILE* file) {
  return is_full(fileno(file)) ? 0 : REAL(fwrite)(bytes, size, count, file);
}
