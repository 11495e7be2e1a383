#pragma once
/// Begins and ends the faults of a scenario, at their instant or when their condition comes true,
/// ramps them, and records what they did.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/fault_spec.hpp"
#include "models/faults/fault.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;

struct FaultRecord {
  Instant began = Instant::never();
  Instant ended = Instant::never();
  std::uint64_t touched = 0;  ///< 0: it took no effect
};

class FaultDriver final : public sim::Handler {
 public:
  explicit FaultDriver(World& world);

  void begin();
  std::vector<FaultRecord> take_records();
  void on_event(sim::Engine& engine, std::uint64_t data) override;

  /// How often conditions are looked at.
  static constexpr Duration kLook = Duration::milliseconds(100);
  static constexpr std::int64_t kRampSteps = 20;

 private:
  enum class What : std::uint8_t { look, step, end };
  struct Active {
    std::unique_ptr<Fault> fault;
    FaultRecord record;
    Instant true_since = Instant::never();
    std::int64_t step = 0;  // of the ramp; from kRampSteps + 1 on it goes down
  };
  void schedule(What what, std::size_t fault, Duration after);
  void look(std::size_t fault);
  bool condition(const FaultSpec& spec) const;
  void start(std::size_t fault);
  void step(std::size_t fault);
  void end(std::size_t fault);

  World& world_;
  std::vector<Active> active_;
};

}  // namespace rehearse::models
