#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace rehearse {

AssertContext*& assert_context() {
  thread_local AssertContext* context = nullptr;
  return context;
}

void assert_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal error: '%s' does not hold\n", file, line, condition);
  if (const AssertContext* at = assert_context())
    std::fprintf(stderr, "  seed %llu, instant %lld ns, event %llu\n", at->seed, at->instant_ns,
                 at->event);
  std::fprintf(stderr, "  This is a bug in Rehearse; please report it with the scenario.\n");
  std::abort();
}

}  // namespace rehearse
