#include "datasets/stream/batch_stream.h"

#include "core/check.h"

namespace nibble {

long batch_index(const BatchPosition& position, long batches_per_epoch, const char* who) {
  check(position.epoch >= 0 && position.batch >= 0 && position.batch < batches_per_epoch, who,
        ": found position epoch ", position.epoch, ", batch ", position.batch,
        ", expected an epoch from 0 and a batch from 0 to ", batches_per_epoch - 1);
  return position.epoch * batches_per_epoch + position.batch;
}

BatchPosition batch_position(long index, long batches_per_epoch) {
  return {index / batches_per_epoch, index % batches_per_epoch};
}

}  // namespace nibble
