#pragma once
/// Traces that are written by hand, with figures that can be checked by hand. Times in ms.

#include <string>

#include "reports/trace.hpp"

namespace rehearse::reports {

/// Ids count from `first`.
class TraceBuilder {
 public:
  explicit TraceBuilder(std::uint64_t first = 1) : first_(first) {}
  /// Returns the id. `parent` 0: the root.
  std::uint64_t add(std::uint64_t parent, const std::string& name, SpanRole role, std::int64_t from,
                    std::int64_t to, SpanStatus status = SpanStatus::ok) {
    Span span;
    span.id = first_ + trace_.spans.size();
    span.parent = parent;
    span.name = name;
    span.role = role;
    span.kind = role == SpanRole::attempt ? SpanKind::client
                : role == SpanRole::visit ? SpanKind::server
                                          : SpanKind::internal;
    span.status = status;
    span.start_ns = from * 1'000'000;
    span.end_ns = to * 1'000'000;
    span.resource = role == SpanRole::visit || role == SpanRole::queue ? 1 : 0;
    trace_.spans.push_back(std::move(span));
    return trace_.spans.back().id;
  }
  Span& span(std::uint64_t id) { return trace_.spans[id - first_]; }
  Trace trace(std::uint64_t number = 1) {
    trace_.id = {0x0123456789abcdef, number};
    return trace_;
  }

 private:
  const std::uint64_t first_;
  Trace trace_;
};

inline TraceSet set_of(std::vector<Trace> traces) {
  TraceSet set;
  set.version = "1.2.3";
  set.resources = {
      {{{"service.name", std::string("shoppers")}}},
      {{{"service.name", std::string("shop")}, {"service.instance.id", std::string("shop-0")}}}};
  set.traces = std::move(traces);
  return set;
}

/// 100 ms: 1 ms out, 10 ms in the queue, 20 ms of work, a call that takes 40 ms and times out, a
/// pause of 9 ms, a second attempt of 15 ms, 4 ms of work, 1 ms back.
inline Trace retried_trace() {
  TraceBuilder b;
  const auto root = b.add(0, "shoppers.shop/order", SpanRole::request, 0, 100);
  const auto attempt = b.add(root, "shop.order", SpanRole::attempt, 0, 100);
  const auto visit = b.add(attempt, "shop.order", SpanRole::visit, 1, 99);
  b.add(visit, "shop.order queue", SpanRole::queue, 1, 11, SpanStatus::unset);
  const auto first = b.add(visit, "stock.take", SpanRole::attempt, 31, 71, SpanStatus::error);
  b.span(first).attributes.push_back({"rehearse.outcome", std::string("timeout")});
  b.add(first, "stock.take", SpanRole::visit, 32, 140);
  b.add(visit, "stock.take back-off", SpanRole::back_off, 71, 80, SpanStatus::unset);
  const auto second = b.add(visit, "stock.take", SpanRole::attempt, 80, 95);
  b.span(second).attributes.push_back({"rehearse.attempt", std::int64_t{2}});
  b.add(second, "stock.take", SpanRole::visit, 82, 94);
  return b.trace();
}

}  // namespace rehearse::reports
