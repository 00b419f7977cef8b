/* Linked beside trace_forward.c into a model that the host loads: tells how much memory it works in. */
#include "model.h"

int32_t nbl_context_bytes(void);

int32_t nbl_context_bytes(void) { return (int32_t)sizeof(model_context_t); }
