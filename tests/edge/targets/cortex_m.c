/* Start of a program on a Cortex-M in QEMU (mps2-an386): vectors, output and end by semihosting. Unaligned
 * words trap, as on a core that is set to, or a smaller one. Exit codes: that of main, or 99 after a fault.
 */
#include <stdint.h>

extern char stack_top[];
int main(void);
void target_write(char c);
void start(void);

static void semihosting(uint32_t operation, const void* argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void leave(uint32_t status) {
  const uint32_t arguments[2] = {0x20026u, status}; /* the application has ended */
  semihosting(0x20, arguments);
  for (;;) {
  }
}

void target_write(char c) { semihosting(0x03, &c); }

static void fault(void) { leave(99); }

void start(void) {
  *(volatile uint32_t*)0xE000ED14u |= 1u << 3; /* CCR.UNALIGN_TRP */
  leave((uint32_t)main());
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))stack_top, start, fault, fault, fault, fault, fault};
