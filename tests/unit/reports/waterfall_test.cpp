#include "reports/waterfall.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/text.hpp"
#include "tests/unit/reports/sample_traces.hpp"

namespace rehearse::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string plain(const Trace& trace, WaterfallOptions options = {}) {
  return render_waterfall(set_of({trace}), trace, options);
}

TEST(Waterfall, ShowsEachHopAndWhereTheTimeWent) {
  EXPECT_EQ(plain(retried_trace()), R"(shoppers.shop/order: 100 ms, ok
trace 0123456789abcdef0000000000000001, from 0.000000 s of the run

  hop                          start     time  status    0                100 ms
* shoppers.shop/order            0 s   100 ms  ok        =======================
*   shop.order                   0 s   100 ms  ok        #######==============##
*     stock.take               31 ms    40 ms  timeout          #########======>
*     stock.take back-off      71 ms     9 ms                            ##
*     stock.take #2            80 ms    15 ms  ok                          ####

* on the critical path   # what the answer waited for   = in service
: queue   - network   ~ pause before a retry   > after the answer

where the time went: 100 ms on the critical path
    51 %     51 ms  work      stock.take
    24 %     24 ms  work      shop.order
    10 %     10 ms  queue     shop.order
     9 %      9 ms  back-off  stock.take
     4 %      4 ms  network   stock.take
     2 %      2 ms  network   shop.order
)");
}

TEST(Waterfall, FitsTheTerminal) {
  for (const int width : {20, 72, 80, 100, 300}) {
    const std::string text = plain(retried_trace(), {.terminal = {.width = width, .ascii = true}});
    std::size_t start = 0;
    for (std::size_t end = 0; (end = text.find('\n', start)) != std::string::npos;
         start = end + 1) {
      const std::string line = text.substr(start, end - start);
      EXPECT_LE(display_width(line), std::clamp(width, 72, 120)) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
}

TEST(Waterfall, ShowsNothingThatActsOnATerminal) {
  TraceBuilder b;
  const auto root = b.add(0,
                          "\x1b[2J\xe2\x80\xae"
                          "evil\n",
                          SpanRole::request, 0, 10);
  b.add(root, std::string(300, 'x') + "\x07", SpanRole::attempt, 0, 10);
  const std::string text = plain(b.trace());
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\x07")));
  EXPECT_THAT(text, HasSubstr("\\x1b[2J"));
}

TEST(Waterfall, LeavesOutTheManyThatNothingWaitedFor) {
  TraceBuilder b;
  const auto root = b.add(0, "c", SpanRole::request, 0, 100);
  for (int i = 0; i < 60; ++i) b.add(root, "leaf", SpanRole::branch, 0, i);
  b.add(root, "slowest", SpanRole::branch, 0, 100);
  EXPECT_THAT(plain(b.trace()), HasSubstr("and 41 more hops that the answer did not wait for"));
  EXPECT_THAT(plain(b.trace()), HasSubstr("*   slowest"));
  EXPECT_THAT(plain(b.trace(), {.all = true}), Not(HasSubstr("more hops")));
}

TEST(Waterfall, StandsDegenerateTraces) {
  EXPECT_THAT(plain(Trace{}), HasSubstr("has no root"));
  TraceBuilder instant;
  instant.add(0, "c", SpanRole::request, 5, 5);
  EXPECT_THAT(plain(instant.trace()), HasSubstr("c: 0 s, ok"));
}

TEST(TraceList, ShowsEachTraceAndFindsTheSlowest) {
  TraceBuilder failed;
  failed.add(0, "other", SpanRole::request, 0, 50, SpanStatus::error);
  const TraceSet set = set_of({retried_trace(), failed.trace(2)});
  EXPECT_THAT(render_trace_list(set),
              HasSubstr("0123456789ab     0.0000 s    100 ms  ok         shoppers.shop/order\n"));
  EXPECT_EQ(slowest_trace(set), &set.traces[0]);
  EXPECT_EQ(slowest_failed_trace(set), &set.traces[1]);
  EXPECT_EQ(slowest_trace(TraceSet{}), nullptr);
}

}  // namespace
}  // namespace rehearse::reports
