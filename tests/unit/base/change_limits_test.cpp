#include "base/change_limits.hpp"

#include <gtest/gtest.h>

namespace rehearse {
namespace change_limits_test {

TEST(ChangeLimits, ALooserFieldIsNamed) {
  const ChangeLimits outer{.most_at_once = 2, .changes = 3, .ceiling = 8};
  EXPECT_EQ(looser_field(outer, outer), "");
  const auto with = [&](auto change) {
    ChangeLimits limits = outer;
    change(limits);
    return looser_field(limits, outer);
  };
  EXPECT_EQ(with([](auto& l) { l.most_at_once = 3; }), "most_at_once");
  EXPECT_EQ(with([](auto& l) { l.changes = 4; }), "changes");
  EXPECT_EQ(with([](auto& l) { l.within = Duration::seconds(59); }), "within");
  EXPECT_EQ(with([](auto& l) { l.stale_after = Duration::seconds(61); }), "stale_after");
  EXPECT_EQ(with([](auto& l) { l.floor = 0; }), "floor");
  EXPECT_EQ(with([](auto& l) { l.ceiling = 9; }), "ceiling");
  EXPECT_EQ(with([](auto& l) {
              l = {.most_at_once = 1,
                   .changes = 1,
                   .within = Duration::seconds(70),
                   .stale_after = Duration::seconds(1),
                   .floor = 2,
                   .ceiling = 7};
            }),
            "");
}

}  // namespace change_limits_test
}  // namespace rehearse
