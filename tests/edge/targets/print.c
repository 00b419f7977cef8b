/* What a program needs without a C library: printf, and the functions that compilers call by themselves. A
 * target has target_write and the start. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

void target_write(char c);
void* memcpy(void* to, const void* from, size_t n);
void* memset(void* to, int value, size_t n);

/* Byte by byte: volatile, or the loops would be compiled to calls of themselves. */
void* memcpy(void* to, const void* from, size_t n) {
  volatile char* byte = (volatile char*)to;
  for (size_t i = 0; i < n; ++i) byte[i] = ((const char*)from)[i];
  return to;
}

void* memset(void* to, int value, size_t n) {
  volatile char* byte = (volatile char*)to;
  for (size_t i = 0; i < n; ++i) byte[i] = (char)value;
  return to;
}

static void print_text(const char* text) {
  while (*text) target_write(*text++);
}

static void print_number(long value) {
  char digits[24];
  char* at = digits + sizeof digits - 1;
  unsigned long rest = value < 0 ? 0ul - (unsigned long)value : (unsigned long)value;
  *at = 0;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (value < 0) *--at = '-';
  print_text(at);
}

int printf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  for (; *format; ++format) {
    if (*format != '%') {
      target_write(*format);
    } else if (*++format == 's') {
      print_text(va_arg(arguments, const char*));
    } else if (*format == 'd') {
      print_number(va_arg(arguments, int));
    } else { /* ld */
      ++format;
      print_number(va_arg(arguments, long));
    }
  }
  va_end(arguments);
  return 0;
}
