#pragma once
/// Writes that a cache has acknowledged and its origin has not seen yet (write-behind, write-back).
/// Each instance that writes keeps them in its memory; when the oldest is `delay` old, or there are
/// `batch` of them, it runs the steps of `on_write` once for all, in the background. What is in
/// memory when the instance stops is lost, and so is a batch whose steps fail.
///
/// Leaves out: several writes of one key that become one, batches that are tried again, origins
/// that answer with an old value while a newer one lies in a buffer.

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "models/blueprint.hpp"
#include "models/frame.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;

class WriteBehind final : public sim::Handler {
 public:
  WriteBehind(World& world, std::uint32_t number);

  void defer(const Frame& frame);
  /// A batch ends before it is written.
  void lose(const Frame& batch);
  /// An instance loses its memory.
  void lose_buffer(std::uint32_t instance);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

 private:
  struct Buffer {
    std::uint32_t writes = 0;
    Instant oldest;
  };
  void flush(std::uint32_t instance);

  World& world_;
  const BehindSpec& spec_;
  const std::uint32_t number_;
  std::vector<Buffer> buffers_;  // by instance
};

}  // namespace rehearse::models
