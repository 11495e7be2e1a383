#include "experiments/divergence.hpp"

#include <deque>

#include "models/world.hpp"

namespace rehearse::experiments {
namespace {

constexpr std::uint64_t kCounterMask = (std::uint64_t{1} << sim::Event::kSourceShift) - 1;

/// Runs a world and keeps what happened until it is asked for.
class Simulation final : public EventTrace, sim::EventWatcher {
 public:
  Simulation(const models::Scenario& scenario, std::uint64_t trial)
      : end_(Instant::start() + scenario.experiment.horizon),
        world_(scenario.blueprint, {scenario.experiment.seed, trial}, {Instant::start(), end_},
               scenario.experiment.drain) {
    world_.engine().watch(this);
    sources_ = world_.engine().sources();
  }

  std::optional<EventStamp> next() override {
    if (at_ == seen_.size()) {
      at_ = 0;
      seen_.clear();
      while (seen_.empty() && !over_) go_on();
      if (seen_.empty()) return std::nullopt;
    }
    return seen_[at_++];
  }
  const std::vector<std::string>& sources() const override { return sources_; }
  std::string problem() const override { return stuck_ ? "time does not advance" : ""; }

 private:
  static constexpr std::size_t kAtOnce = 1 << 16;

  void on_executed(const sim::Event& event) override {
    seen_.push_back({event.at_ns, event.order});
    if (seen_.size() >= kAtOnce) world_.engine().stop();
  }
  void go_on() {
    world_.engine().run_before(end_);
    stuck_ = world_.engine().stuck();
    if (world_.engine().stopped() && !stuck_) return;
    // Nothing is left before the horizon; what may follow is the drain, all at once.
    if (!stuck_) world_.advance();
    over_ = true;
  }

  Instant end_;
  models::World world_;
  std::vector<std::string> sources_;
  std::vector<EventStamp> seen_;
  std::size_t at_ = 0;
  bool over_ = false;
  bool stuck_ = false;
};

NamedEvent named(const EventStamp& event, const EventTrace& trace) {
  const std::uint64_t source = event.order >> sim::Event::kSourceShift;
  return {.at = Instant::at_ns(event.at_ns).to_seconds(),
          .at_ns = event.at_ns,
          .source = source < trace.sources().size() ? trace.sources()[source] : "unknown",
          .count = (event.order & kCounterMask) / sim::Event::kCounterStep,
          .cancellable = (event.order & sim::Event::kCancellable) != 0};
}

std::optional<NamedEvent> named(const std::optional<EventStamp>& event, const EventTrace& trace) {
  if (!event) return std::nullopt;
  return named(*event, trace);
}

/// Which sources of one trace are those of the other.
class SameSource {
 public:
  SameSource(const EventTrace& a, const EventTrace& b) : a_(a.sources()), b_(b.sources()) {}
  bool operator()(std::uint64_t a, std::uint64_t b) const {
    if (a >= a_.size() || b >= b_.size()) return false;
    return a_[a] == b_[b];
  }

 private:
  const std::vector<std::string>& a_;
  const std::vector<std::string>& b_;
};

}  // namespace

std::unique_ptr<EventTrace> simulate_trace(const models::Scenario& scenario, std::uint64_t trial) {
  return std::make_unique<Simulation>(scenario, trial);
}

Divergence find_divergence(EventTrace& a, EventTrace& b, std::size_t keep) {
  Divergence result;
  const SameSource same_source(a, b);
  const auto equal = [&](const EventStamp& x, const EventStamp& y) {
    return x.at_ns == y.at_ns && (x.order & kCounterMask) == (y.order & kCounterMask) &&
           same_source(x.order >> sim::Event::kSourceShift, y.order >> sim::Event::kSourceShift);
  };
  std::deque<EventStamp> last;
  for (;;) {
    const std::optional<EventStamp> left = a.next();
    const std::optional<EventStamp> right = b.next();
    result.problem = !a.problem().empty() ? a.problem() : b.problem();
    const bool ended = !left && !right;
    if (ended || !left || !right || !equal(*left, *right)) {
      result.a = named(left, a);
      result.b = named(right, b);
      break;
    }
    ++result.equal;
    last.push_back(*left);
    if (last.size() > keep) last.pop_front();
  }
  for (const EventStamp& event : last) result.common.push_back(named(event, a));
  return result;
}

}  // namespace rehearse::experiments
