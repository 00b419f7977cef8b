#include "experiments/tasks/task.h"

#include "core/check.h"
#include "edge/lower/encode_input.h"
#include "edge/run/evaluate.h"

namespace nibble {

const Vocabulary& Task::words_to_generate() const {
  fail("generate: found a run on ", outline().kind, ", expected a language model");
}

std::vector<Detection> Task::find_objects(const Outputs&, const Array<std::uint8_t>&, double) const {
  fail("detect: found a run on ", outline().kind, ", expected one that finds boxes");
}

Task::Outputs outputs_of(Network& network) {
  return [&network](const Tensor& x) {
    const NoGradient evaluation_only;
    std::vector<Tensor> outputs;
    for (const Var& output : network.forward_outputs(x, {})) outputs.push_back(output.value());
    return outputs;
  };
}

Task::Outputs outputs_of(const edge::IntegerGraph& graph) {
  const auto evaluate = std::make_shared<edge::Evaluator>(graph);
  return [&graph, evaluate](const Tensor& x) {
    std::vector<Tensor> outputs;
    const edge::IntegerOutputs found = evaluate->outputs(edge::encode_input(graph, x));
    for (std::size_t k = 0; k < found.size(); ++k) {
      const edge::IntegerTensor& tensor = graph.tensor(graph.outputs[k]);
      Tensor numbers = Tensor::uninitialized(found[k].shape());
      for (long i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<Real>(tensor.scale * found[k][i] + tensor.shift);
      outputs.push_back(numbers);
    }
    return outputs;
  };
}

std::unique_ptr<Task> make_task(const Data& data, const ModelOptions& model) {
  std::vector<darknet::YoloHead> heads;
  if (model.kind == "darknet" && !model.cfg.empty()) heads = darknet::heads_of(darknet::read_cfg(model.cfg));
  if (const auto* boxes = std::get_if<BoxSet>(&data)) {
    check(!heads.empty(), "model: found kind ", model.kind, model.cfg.empty() ? "" : " of " + model.cfg,
          " for a data set of boxes, expected kind darknet and a cfg with [yolo]");
    return detection_task(*boxes, std::move(heads));
  }
  check(heads.empty(), model.cfg, ": found [yolo], which finds boxes, expected a data set of boxes: coco");
  if (const auto* images = std::get_if<ImageSet>(&data)) return image_task(*images);
  return text_task(std::get<Corpus>(data));
}

}  // namespace nibble
