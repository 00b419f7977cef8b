#pragma once

#include <vector>

#include "core/files/embedded_file.h"

namespace nibble {

/// configs/*.ini
const std::vector<EmbeddedFile>& embedded_configs();

}  // namespace nibble
