#include "sim/engine.hpp"

namespace rehearse::sim {
namespace {

constexpr std::uint64_t kFirstOrder = 0;  // source 0 is the engine itself

}  // namespace

Engine::Engine(StreamSeed seed) : seed_(seed) {
  context_.seed = seed.seed;
  sources_.emplace_back("engine");
}

void Engine::add(Handler& handler, std::string name) {
  REHEARSE_ASSERT(sources_.size() < Event::kMaxSources);
  handler.next_order_ = static_cast<std::uint64_t>(sources_.size()) << Event::kSourceShift;
  sources_.push_back(std::move(name));
}

// Out of line: with the walk through the heap in each of its callers, the models' code would not
// fit the first-level cache.
void Engine::schedule(Handler& handler, Instant at, std::uint64_t data) {
  if (at == Instant::never()) [[unlikely]]
    return;
  REHEARSE_ASSERT(at >= now_);
  queue_.push(Event{at.ns(), take_order(handler), &handler, data});
}

TimerId Engine::schedule_cancellable(Handler& handler, Instant at, std::uint64_t data) {
  if (at == Instant::never()) return {};
  REHEARSE_ASSERT(at >= now_);
  return queue_.push_cancellable(
      Event{at.ns(), take_order(handler) | Event::kCancellable, &handler, data});
}

void Engine::run_before(Instant end) {
  AssertContext*& context = assert_context();
  AssertContext* const outer = context;
  context = &context_;
  stopped_ = false;
  // A sentinel, first of all at `end`, spares the loop a look at the next event.
  queue_.push(Event{end.ns(), kFirstOrder, nullptr, ++runs_});
  Event event{};
  while (!stopped_ && queue_.pop(event)) {
    if (event.handler == nullptr) [[unlikely]] {
      if (event.data != runs_) continue;  // left by a run that was stopped
      now_ = end;
      break;
    }
    context_.instant_ns = event.at_ns;
    context_.event = events_;
    execute(event);
  }
  context = outer;
}

bool Engine::step_before(Instant end) {
  if (queue_.next_at() >= end.ns()) {
    now_ = end;
    return false;
  }
  Event event{};
  REHEARSE_ASSERT(queue_.pop(event));
  execute(event);
  return true;
}

const std::string& Engine::source_name(std::uint64_t order) const {
  return sources_[order >> Event::kSourceShift];
}

}  // namespace rehearse::sim
