/* What the selftest of an emitted model prints with, for targets without a C library: %s, %d and %ld
 * (print.c). */
#ifndef STDIO_H
#define STDIO_H

int printf(const char* format, ...);

#endif
