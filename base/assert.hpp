#pragma once
/// An assertion that stays on in every build: it guards against our own bugs, never against input.
/// Bad input goes to Diagnostics; a simulated failure is an outcome of the model.

namespace rehearse {

/// Describes where a simulation stands, so that a failed assertion can be reproduced.
struct AssertContext {
  unsigned long long seed = 0;
  long long instant_ns = 0;
  unsigned long long event = 0;
};

/// Context of the simulation that runs on this thread, or nullptr. Set by the engine.
AssertContext*& assert_context();

[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace rehearse

#define REHEARSE_ASSERT(condition)                           \
  (__builtin_expect(!!(condition), 1) ? static_cast<void>(0) \
                                      : ::rehearse::assert_failed(#condition, __FILE__, __LINE__))
