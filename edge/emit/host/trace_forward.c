/* Linked into a model that the host loads as a library: hands each layer's output, and the inner values of
 * recurrent ones (cell = 1), to a function that the host sets. */
#include <stdint.h>

typedef void (*nbl_trace_t)(void* context, int tensor, int cell, const void* data, int32_t bytes);

void model_trace(int tensor, const void* data, int32_t bytes);
void model_trace_cell(int tensor, const int16_t* values, int32_t count);
void nbl_set_trace(nbl_trace_t function, void* context);

static nbl_trace_t trace_function;
static void* trace_context;

void nbl_set_trace(nbl_trace_t function, void* context) {
  trace_function = function;
  trace_context = context;
}

void model_trace(int tensor, const void* data, int32_t bytes) {
  if (trace_function) trace_function(trace_context, tensor, 0, data, bytes);
}

void model_trace_cell(int tensor, const int16_t* values, int32_t count) {
  if (trace_function) trace_function(trace_context, tensor, 1, values, 2 * count);
}
