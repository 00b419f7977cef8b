/* Linked beside trace_forward.c into a model that reads text: tells the host how large its state is. */
#include "model.h"

int32_t nbl_state_bytes(void);

int32_t nbl_state_bytes(void) { return (int32_t)sizeof(model_state_t); }
