#pragma once

#include <string>
#include <vector>

#include "layers/darknet/yolo_head.h"
#include "layers/network/network.h"

namespace nibble::darknet {

/// A convolution's norm divides by a square root that is kept away from zero. Three forms are about, and the
/// weights of a net are right for one of them.
enum class NormForm {
  alexeyab,  // √(v + 1e-5): AlexeyAB's darknet, by which the weights of YOLO-V4 were trained
  opencv,    // √(v + 1e-6): OpenCV's dnn
  pjreddie,  // √v + 1e-6: the first darknet, on CPU
};
/// The ε of our layer, y = (x − m) / √(v' + ε): of pjreddie's form 1e-12, with v' = v + 2e-6 · √v in the
/// place of v. Both say the same where v is 0.
double epsilon_of(NormForm form);

struct Model {
  Network network;
  std::vector<YoloHead> heads;  // of the network's outputs, in order; none: a classifier, whose output it is
};

/// The input that [net] asks for: [height, width, channels].
Shape input_shape(const std::vector<Section>& sections);

/// The network of a cfg. Layer i (from 0, [net] not counted) is called by its number: "12/conv", "12/norm",
/// "12/act", "14/add". What a cfg says about training ([net]'s learning_rate, policy, jitter and so on) is
/// not used: the config has keys of its own. Throws Error naming file and line for an unknown section, key or
/// activation, for a layer that reads itself or later ones, and for shapes that do not fit.
///   input: what the network reads, [height, width, channels]; input_shape(sections) unless it is to be
///   larger or smaller than [net] says
Model build(const std::vector<Section>& sections, const Shape& input, NormForm norm, Rng rng);

}  // namespace nibble::darknet
