/* Linked into a model that the host loads as a library: hands each layer's output to a function that the host
 * sets. */
#include <stdint.h>

typedef void (*nbl_trace_t)(void* context, int tensor, const void* data, int32_t bytes);

void model_trace(int tensor, const void* data, int32_t bytes);
void nbl_set_trace(nbl_trace_t function, void* context);

static nbl_trace_t trace_function;
static void* trace_context;

void nbl_set_trace(nbl_trace_t function, void* context) {
  trace_function = function;
  trace_context = context;
}

void model_trace(int tensor, const void* data, int32_t bytes) {
  if (trace_function) trace_function(trace_context, tensor, data, bytes);
}
