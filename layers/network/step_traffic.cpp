#include "layers/network/step_traffic.h"

#include <algorithm>

namespace nibble {
StepTraffic::StepTraffic(const Network& network, const Plan& plan, long batch)
    : network_(network), plan_(plan), batch_(static_cast<double>(batch)), readers_(plan.actual.size()) {
  for (std::size_t i = 0; i < plan.actual.size(); ++i) {
    if (node(i).kernel == Kernel::passed_on) continue;
    for (std::size_t k = 0; k < node(i).inputs.size(); ++k) {
      if (edge({i, k}).form != Form::inside) readers_[made_by(input(i, k))].push_back({i, k});
    }
  }
}

const FusedChain* StepTraffic::chain_of(std::size_t i) const {
  return node(i).chain < 0 ? nullptr : &plan_.chains[static_cast<std::size_t>(node(i).chain)];
}

double StepTraffic::elements(std::size_t i) const {
  return batch_ * static_cast<double>(network_.nodes()[i].shape.count());
}

// Who computed the signal that a node leaves.
std::size_t StepTraffic::made_by(std::size_t i) const {
  while (node(i).kernel == Kernel::passed_on && !plan_.facts[i].inputs.empty()) i = input(i);
  return i;
}

// Bytes of an element of what real numbers of this signal are made of.
double StepTraffic::made_of(std::size_t i) const {
  switch (node(i).leaves) {
    case Form::codes:
      return kCode;
    case Form::sums:
      return kSum;
    case Form::pieces: {
      const std::size_t head = chain_of(i)->nodes.front();
      return node(head).inputs[0].form == Form::sums ? kSum : kReal;
    }
    case Form::reals:
    case Form::inside:
      break;
  }
  return kReal;
}

double StepTraffic::written(std::size_t i) const {
  switch (node(i).leaves) {
    case Form::reals:
      return kReal * elements(i);
    case Form::codes:
      return kCode * elements(i);
    case Form::sums:
      return kSum * elements(i);
    case Form::pieces:
    case Form::inside:
      break;
  }
  return 0;
}

double StepTraffic::read_again(std::size_t i, std::size_t k) const {
  const std::size_t source = made_by(input(i, k));
  switch (edge({i, k}).form) {
    case Form::reals:
      return kReal * elements(source);
    case Form::inside:
      return 0;
    case Form::codes:
    case Form::sums:
    case Form::pieces:
      break;
  }
  return made_of(source) * elements(source);
}

double StepTraffic::read(std::size_t i, std::size_t k) const {
  const std::size_t source = made_by(input(i, k));
  double bytes = read_again(i, k);
  if (edge({i, k}).form != Form::reals || node(source).leaves == Form::reals) return bytes;
  const auto first =
      std::ranges::find_if(readers_[source], [&](Reader r) { return edge(r).form == Form::reals; });
  if (first->node == i && first->k == k) bytes += (made_of(source) + kReal) * elements(source);
  return bytes;
}

double StepTraffic::gradient(std::size_t i) const {
  const auto& readers = readers_[i];
  const bool rounded = !readers.empty() && std::ranges::all_of(readers, [&](Reader reader) {
    return edge(reader).gradient == GradientForm::bfloat16;
  });
  return (rounded ? kBfloat16 : kReal) * elements(i);
}

double StepTraffic::gradient_read(std::size_t i) const {
  const auto& readers = readers_[i];
  if (readers.size() != 1 || edge(readers[0]).gradient != GradientForm::pieces) return gradient(i);
  const FusedChain& chain = *chain_of(readers[0].node);
  double bytes = read_again(readers[0].node, readers[0].k);
  if (!chain.choice.gradient_when_read) return bytes + kReal * elements(i);
  for (std::size_t k = 0; k < chain.nodes.size(); ++k)
    if (chain.kept[k]) bytes += gradient(chain.nodes[k]);
  return bytes;
}

double StepTraffic::gradient_written(std::size_t i, std::size_t k) const {
  const double n = elements(input(i, k));
  switch (edge({i, k}).gradient) {
    case GradientForm::float32:
    case GradientForm::shown:
      return kReal * n;
    case GradientForm::bfloat16:
      return kBfloat16 * n;
    case GradientForm::none:
    case GradientForm::pieces:
    case GradientForm::of_grid:
    case GradientForm::inside:
      break;
  }
  return 0;
}

bool StepTraffic::shown(std::size_t i) const {
  return readers_[i].size() == 1 && edge(readers_[i][0]).gradient == GradientForm::shown;
}

}  // namespace nibble
