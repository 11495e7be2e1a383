#include "live/loop.hpp"

#include <algorithm>

#include "live/log_entry.hpp"

namespace rehearse::live {

std::string_view end_text(Loop::End end) {
  constexpr std::string_view kTexts[] = {"the time is up", "interrupted", "the log failed"};
  return kTexts[static_cast<std::size_t>(end)];
}

void Loop::add(std::unique_ptr<Host> host) {
  REHEARSE_ASSERT(host->policy() == hosts_.size());
  hosts_.push_back(std::move(host));
}

bool Loop::reached(const Limits& limits) const {
  if (clock_.now() >= limits.at) return true;
  return limits.wakes > 0 && std::all_of(hosts_.begin(), hosts_.end(), [&](const auto& host) {
           return host->counts().wakes >= limits.wakes;
         });
}

Instant Loop::next() const {
  Instant next = saturating_add(clock_.now(), longest_rest());
  for (const auto& host : hosts_) next = std::min(next, host->next());
  return next;
}

void Loop::turn() {
  tend();
  for (const auto& host : hosts_) {
    let_through_.clear();
    host->turn(let_through_);
    for (const Judged& judged : let_through_) carry_out(*host, judged);
  }
}

Loop::End Loop::run(const Limits& limits, const std::atomic<bool>& stop) {
  End end = End::time_is_up;
  while (!reached(limits)) {
    if (stop) {
      end = End::interrupted;
      break;
    }
    turn();
    if (!journal_.flush()) {
      end = End::log_failed;
      break;
    }
    clock_.wait(std::min(next(), limits.at), stop);
  }
  journal_.append(end_entry(clock_.now(), end_text(end)));
  if (journal_.is_kept() && !journal_.sync()) end = End::log_failed;
  return end;
}

}  // namespace rehearse::live
