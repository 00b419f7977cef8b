/* Ends with 0 where the target reads a word at an odd address; else it never ends by itself. */
#include <stdint.h>

static volatile uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

int main(void) { return *(volatile uint32_t*)(uintptr_t)(bytes + 1) == 0; }
