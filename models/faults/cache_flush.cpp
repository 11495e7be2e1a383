#include "models/faults/fault.hpp"
#include "models/world.hpp"

/// cache.flush: caches forget what they hold. What fills them again is the traffic.

namespace rehearse::models {
namespace {

class CacheFlush final : public Fault {
 public:
  explicit CacheFlush(const FaultSpec& spec) : spec_(spec) {}

  void apply(World& world, double) override {
    for (const std::uint32_t cache : spec_.caches) touched += world.flush(cache);
  }
  void end(World&) override {}

 private:
  const FaultSpec& spec_;
};

}  // namespace

std::unique_ptr<Fault> make_cache_flush(World&, const FaultSpec& spec) {
  return std::make_unique<CacheFlush>(spec);
}

}  // namespace rehearse::models
