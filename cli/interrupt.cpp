#include "cli/interrupt.hpp"

#include <csignal>

namespace rehearse::cli {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

extern "C" void on_interrupt(int) {
  interrupted.store(true);
}

void handle(void (*action)(int), int flags) {
  struct sigaction wanted {};
  wanted.sa_handler = action;
  wanted.sa_flags = flags;
  sigemptyset(&wanted.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction present {};
    // Whoever started us with the signal ignored (nohup, a background job) wants it ignored.
    if (sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_IGN) continue;
    sigaction(signal, &wanted, nullptr);
  }
}

}  // namespace

Interrupts::Interrupts() {
  interrupted = false;
  handle(on_interrupt, static_cast<int>(SA_RESETHAND) | SA_RESTART);
}

Interrupts::~Interrupts() {
  handle(SIG_DFL, 0);
}

const std::atomic<bool>& Interrupts::flag() const {
  return interrupted;
}

}  // namespace rehearse::cli
