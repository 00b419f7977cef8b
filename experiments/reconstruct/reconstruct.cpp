#include "experiments/reconstruct/reconstruct.h"

#include <filesystem>

#include "experiments/process/seconds_since.h"
#include "experiments/reconstruct/joined_outputs.h"
#include "experiments/reconstruct/tune_network.h"

namespace nibble {
namespace {

using Rows = std::shared_ptr<MappedRows>;

std::vector<Block> blocks_of_both(const Network& network, const Network& float_network,
                                  std::vector<Block>& of_float) {
  std::vector<Block> blocks = find_blocks(network);
  of_float = find_blocks(float_network);
  check(blocks.size() == of_float.size(), "reconstruct: found ", blocks.size(),
        " blocks with quantizers and ", of_float.size(), " without, expected as many");
  return blocks;
}

class Walker {
 public:
  Walker(Network& network, const Network& float_network, const ReconstructConfig& config,
         const std::string& directory)
      : network_(network), float_network_(float_network), config_(config), directory_(directory) {
    blocks_ = blocks_of_both(network, float_network, float_blocks_);
  }

  std::size_t size() const { return blocks_.size(); }
  const Block& block(std::size_t i) const { return blocks_[i]; }

  // That the disk has room for all activations that will lie there at one time, so that hours of work do not
  // end for want of it.
  void check_room(long pictures) const {
    long most = 0, input = 0;  // values a picture
    for (const Block& block : float_blocks_) {
      const long output = joined_shape(take_block(float_network_, block, false)).count();
      most = std::max(most, 2 * input + 2 * output);
      input = output;
    }
    const auto bytes =
        static_cast<std::uintmax_t>(most) * static_cast<std::uintmax_t>(pictures) * sizeof(Real);
    std::error_code unknown;
    const std::uintmax_t free = std::filesystem::space(directory_, unknown).available;
    check(unknown || free >= bytes, "reconstruct: found ", free >> 20, " MiB free on the disk of ",
          directory_, ", expected ", (bytes >> 20) + 1, " for the activations of ", pictures,
          " pictures; fewer reconstruct.pictures or views need less");
  }

  // Both inputs of the first block.
  void begin(Rows pictures) { pictures_ = rows_.float_input = rows_.quantized_input = std::move(pictures); }

  // What the float block says about its input.
  void target(std::size_t i) {
    Network block = take_block(float_network_, float_blocks_[i], false);
    rows_.float_output = room(joined_shape(block));
    run_rows(block, *rows_.float_input, config_.batch, *rows_.float_output);
  }

  // Past a block that is finished; quantized: what it says.
  void advance(Rows quantized) {
    rows_.float_input = rows_.float_output;
    rows_.quantized_input = std::move(quantized);
  }

  Rows finished_output(std::size_t i) {
    Network block = take_block(network_, blocks_[i], true);
    const Rows output = room(joined_shape(block));
    run_rows(block, *rows_.quantized_input, config_.batch, *output);
    return output;
  }

  Rows room(const Shape& row) const {
    return std::make_shared<MappedRows>(directory_, rows_.float_input->rows(), row);
  }
  const BlockRows& rows() const { return rows_; }
  const MappedRows& pictures() const { return *pictures_; }
  // Once all blocks are done: what the float network says.
  const MappedRows& scores() const { return *rows_.float_input; }

 private:
  Network& network_;
  const Network& float_network_;
  const ReconstructConfig& config_;
  const std::string& directory_;
  std::vector<Block> blocks_, float_blocks_;
  BlockRows rows_;
  Rows pictures_;
};

}  // namespace

bool reconstruct(Network& network, const Network& float_network, std::shared_ptr<MappedRows> pictures,
                 const ReconstructConfig& config, const Rng& rng, std::size_t done,
                 const std::string& directory, const ReconstructionEvents& events) {
  Walker walker(network, float_network, config, directory);
  if (done > walker.size()) return true;
  walker.check_room(pictures->rows());
  walker.begin(std::move(pictures));
  for (std::size_t i = 0; i < walker.size(); ++i) {
    const std::string& name = walker.block(i).name;
    const auto start = std::chrono::steady_clock::now();
    walker.target(i);
    if (i < done) {
      walker.advance(walker.finished_output(i));
      continue;
    }
    const Rows output = walker.room(walker.rows().float_output->row_shape());
    std::optional<BlockErrors> errors;
    try {
      errors = reconstruct_block(network, walker.block(i), walker.rows(), config, rng.stream(name), *output,
                                 [&](long step, long steps) {
                                   events.step(name, step, steps);
                                   return events.keep_on();
                                 });
    } catch (const Error& error) {
      fail("reconstruct: block '", name, "': ", error.what());
    }
    if (!errors) return false;
    events.block_done({name, i + 1, walker.size(), *errors, seconds_since(start)});
    walker.advance(output);
  }
  if (config.what != Reconstruct::blocks_then_net) return true;
  return tune_network(network, walker.pictures(), walker.scores(), config, rng.stream("network"),
                      [&](long step) {
                        events.step("the whole network", step, config.net_iterations);
                        return events.keep_on();
                      });
}

}  // namespace nibble
