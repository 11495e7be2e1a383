#pragma once
/// Slow phases that come back: checkpoints and vacuum of a database, a clean-up of a store. While a
/// phase lasts, what its instances do takes longer by a factor; phases that overlap multiply. Work
/// that has begun with a fixed time keeps it; shared cores slow down at once.
///
/// The first phase begins at a random instant of the first interval, drawn anew in each trial: who
/// looks at a run does not know when the last checkpoint was. After PostgreSQL 16, "WAL
/// Configuration" (`checkpoint_timeout` 5 min, `checkpoint_completion_target` 0.9: the writes of a
/// checkpoint are spread over that share of the interval) and "Routine Vacuuming".
/// Leaves out: checkpoints that the amount of WAL calls for, thresholds of dead rows, what a phase
/// has to do growing with the writes before it.

#include <cstdint>

#include "sim/engine.hpp"

namespace rehearse::models {

class World;

class Phases final : public sim::Handler {
 public:
  explicit Phases(World& world) : world_(world) {}
  void begin();
  void on_event(sim::Engine& engine, std::uint64_t data) override;

 private:
  World& world_;
};

}  // namespace rehearse::models
