#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "models/lint_context.hpp"

/// Lints about queues of brokers and their consumers.

namespace rehearse::models {
namespace {

void lint_consumers(LintContext& context, const QueueSpec& queue, const QueueLoad& load) {
  const std::uint32_t most = std::max(queue.consumers, queue.places);
  if (load.saturation() < 1 || load.busy < most) return;
  const bool bounded = queue.max_length != ~std::uint64_t{0} || queue.ttl > Duration::zero();
  context.add("consumers-below-rate", queue.name,
              fmt::format("'{}' gets {}, which would keep {} of its {} consumers busy ({})",
                          queue.name, format_rate(load.rate, 3), format_number(load.busy, 3), most,
                          format_ratio(load.busy / most, 3)),
              bounded ? "what does not fit is dropped, refused or expires: expect losses"
                      : "it grows for as long as this lasts; add consumers, or bound it with "
                        "'max_length' or 'message_ttl'");
}

// What a consumer holds back it must get through before the broker loses patience: the last of a
// full hand waits for all the others.
void lint_prefetch(LintContext& context, const QueueSpec& queue, const QueueLoad& load) {
  if (queue.auto_ack || queue.prefetch == 0) return;
  const double hand = queue.prefetch * load.handling;
  const double timeout = queue.ack_timeout.to_seconds();
  if (hand < timeout) return;
  context.add(
      "prefetch-outlasts-timeout", queue.name,
      fmt::format("a consumer of '{}' needs {} for the {} it may hold, but loses them after "
                  "{}",
                  queue.name, format_duration(hand, 3),
                  queue.prefetch == 1 ? "message" : fmt::format("{} messages", queue.prefetch),
                  format_duration(timeout, 3)),
      "messages are then handled twice; lower 'prefetch', or raise 'timeout'");
}

}  // namespace

void lint_queues(LintContext& context) {
  const Blueprint& blueprint = context.blueprint();
  for (std::uint32_t q = 0; q < blueprint.queues.size(); ++q) {
    const QueueSpec& queue = blueprint.queues[q];
    const QueueLoad load = context.usual.queue_load(q, Level::mean, Loops::open);
    lint_consumers(context, queue, load);
    lint_prefetch(context, queue, load);
  }
}

}  // namespace rehearse::models
