#include "experiments/trace_keeper.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "experiments/trace_spans.hpp"

namespace rehearse::experiments {
namespace {

using models::Hop;
using models::RequestTrace;

constexpr std::size_t kShownOfKind = 3;

Duration response(const RequestTrace& trace) {
  return trace.hops.front().answered - trace.hops.front().sent;
}

std::uint32_t asked_of(const RequestTrace& trace) {
  for (const Hop& hop : trace.hops)
    if (hop.kind == Hop::Kind::call) return hop.what;
  return models::kNone;
}

// Slower first; of equals the earlier one, so that the choice is the same each time.
bool slower(const RequestTrace& a, const RequestTrace& b) {
  if (response(a) != response(b)) return response(a) > response(b);
  if (a.hops.front().sent != b.hops.front().sent) return a.hops.front().sent < b.hops.front().sent;
  return a.number < b.number;
}

using Order = std::vector<const RequestTrace*>;

Order in_order(const std::vector<RequestTrace>& traces) {
  Order order;
  for (const RequestTrace& one : traces) order.push_back(&one);
  return order;
}

// Those from after the warm-up first, else as they are.
Order warm_first(Order order, Instant warm) {
  std::stable_partition(order.begin(), order.end(),
                        [&](const RequestTrace* one) { return one->hops.front().sent >= warm; });
  return order;
}

}  // namespace

struct TraceKeeper::Choice {
  const RequestTrace* trace;
  const char* why;
};

void TraceKeeper::sample(const RequestTrace& trace) {
  const std::uint64_t place = seen_ <= room_ ? sample_.size() : sample_draws_.below(seen_);
  if (place >= room_) return;
  if (place < sample_.size()) {
    hops_ -= sample_[place].hops.size();
    sample_[place] = trace;
  } else {
    sample_.push_back(trace);
  }
  hops_ += trace.hops.size();
  while (hops_ > kMostHopsKept && sample_.size() > 1) {
    std::swap(sample_[sample_draws_.below(sample_.size())], sample_.back());
    hops_ -= sample_.back().hops.size();
    sample_.pop_back();
    room_ = sample_.size();
  }
}

void TraceKeeper::on_trace(const RequestTrace& trace) {
  ++seen_;
  sample(trace);
  OfKind& kind = kinds_[{trace.workload, asked_of(trace)}];
  if (kind.slowest.size() < kOfKind || slower(trace, kind.slowest.front())) {
    if (kind.slowest.size() == kOfKind) {
      std::pop_heap(kind.slowest.begin(), kind.slowest.end(), slower);
      kind.slowest.pop_back();
    }
    kind.slowest.push_back(trace);
    std::push_heap(kind.slowest.begin(), kind.slowest.end(), slower);
  }
  if (trace.hops.front().seen == models::Outcome::ok) return;
  ++kind.failures;
  if (kind.failed.size() < kOfKind) {
    kind.failed.push_back(trace);
  } else if (const std::uint64_t place = failed_draws_.below(kind.failures); place < kOfKind) {
    kind.failed[place] = trace;
  }
}

std::vector<TraceKeeper::Choice> TraceKeeper::choose(Instant warm, std::size_t keep) const {
  std::vector<Choice> choices;
  std::set<std::pair<std::uint32_t, std::uint64_t>> chosen;
  std::size_t hops = 0;
  const auto take = [&](const RequestTrace* trace, const char* why) {
    if (choices.size() >= keep) return;
    if (!choices.empty() && hops + trace->hops.size() > kMostHopsWritten) return;
    if (!chosen.insert({trace->workload, trace->number}).second) return;
    hops += trace->hops.size();
    choices.push_back({trace, why});
  };
  std::vector<Order> slow;
  std::vector<Order> failed;
  for (const auto& [key, kind] : kinds_) {
    Order order = in_order(kind.slowest);
    std::sort(order.begin(), order.end(),
              [](const RequestTrace* a, const RequestTrace* b) { return slower(*a, *b); });
    slow.push_back(warm_first(std::move(order), warm));
    failed.push_back(warm_first(in_order(kind.failed), warm));
  }
  // Round by round, so that each kind of request has its slowest before one has a second.
  for (std::size_t round = 0; round < kShownOfKind; ++round)
    for (const Order& order : slow)
      if (round < order.size()) take(order[round], "slow");
  for (std::size_t round = 0; round < kShownOfKind; ++round)
    for (const Order& order : failed)
      if (round < order.size()) take(order[round], "failed");
  for (const RequestTrace* one : warm_first(in_order(sample_), warm)) take(one, "random");
  std::stable_sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) {
    const Instant at = a.trace->hops.front().sent;
    const Instant bt = b.trace->hops.front().sent;
    if (at != bt) return at < bt;
    return std::pair{a.trace->workload, a.trace->number} <
           std::pair{b.trace->workload, b.trace->number};
  });
  return choices;
}

reports::Traces TraceKeeper::kept(const models::Scenario& scenario, double warmup,
                                  std::size_t keep) const {
  const Instant warm = Instant::start() + Duration::from_seconds(warmup);
  reports::Traces result;
  SpanMaker maker(scenario.blueprint, seed_, result.set);
  for (const Choice& choice : choose(warm, keep))
    result.set.traces.push_back(maker.make(*choice.trace, choice.why));
  const bool any_warm = std::any_of(sample_.begin(), sample_.end(), [&](const RequestTrace& one) {
    return one.hops.front().sent >= warm;
  });
  reports::TraceSet scratch;
  SpanMaker plain(scenario.blueprint, seed_, scratch);
  for (const RequestTrace& one : sample_)
    if (!any_warm || one.hops.front().sent >= warm)
      result.profile.add(plain.make(one, "", SpanMaker::Detail::times));
  return result;
}

}  // namespace rehearse::experiments
