/// The log: the chain, entries that read back, what cannot be a log, and what becomes of one that
/// cannot be written.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "live/fact_json.hpp"
#include "live/journal.hpp"
#include "live/log_reader.hpp"
#include "tests/unit/live/fakes.hpp"

namespace rehearse::live {
namespace log_test {

using namespace policies;
using tests::kMorning;

std::string log_of(const std::vector<std::string>& entries) {
  Chain chain;
  std::string text;
  for (const std::string& entry : entries) text += chain.link(entry) + "\n";
  return text;
}

const std::string kBegin =
    begin_entry(kMorning, {"0.1.0", "plan", "shop.yaml", "rehearse: 1\n", {"p"}});

LogReader::End end_of(const std::string& text, std::uint64_t& line) {
  std::istringstream in(text);
  LogReader reader(in);
  while (reader.next()) {
  }
  line = reader.line();
  EXPECT_EQ(reader.problem().empty(), reader.end() == LogReader::End::whole);
  return reader.end();
}

TEST(Sha256, IsThatOfTheStandard) {  // FIPS 180-4, examples
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Chain, LinksEachLineToTheOneBefore) {
  Chain writer;
  const std::string first = writer.link("{\"a\":1}");
  const std::string second = writer.link("{\"a\":2}");
  EXPECT_EQ(first, "{\"a\":1,\"chain\":\"" + sha256(std::string(64, '0') + "{\"a\":1}") + "\"}");
  Chain reader;
  EXPECT_EQ(reader.unlink(first), "{\"a\":1}");
  EXPECT_EQ(reader.unlink(second), "{\"a\":2}");
  EXPECT_EQ(reader.last(), writer.last());
  EXPECT_FALSE(Chain().unlink(second));  // the first is missing
  EXPECT_FALSE(Chain().unlink("{}"));
  EXPECT_FALSE(Chain().unlink(""));
}

// Each kind of fact with values that are hard to write.
std::vector<Observation> hard_facts() {
  const double least = std::numeric_limits<double>::denorm_min();
  const double most = std::numeric_limits<double>::max();
  const Instant late = Instant::at_ns(std::numeric_limits<std::int64_t>::max());
  const Instant early = Instant::at_ns(std::numeric_limits<std::int64_t>::min());
  return {MetricSample{7, kWhole, -0.0, late, Duration::nanoseconds(-1)},
          MetricSample{0, 3, 0.1 + 0.2, early, Duration::max()},
          MetricSample{0, 3, least, kMorning, {}},
          MetricSample{0, 3, -most, kMorning, {}},
          MetricSample{0, 3, 1e16, kMorning, {}},
          MetricSample{0, 3, HUGE_VAL, kMorning, {}},
          MetricSample{0, 3, -HUGE_VAL, kMorning, {}},
          MetricLost{4294967295},
          InstanceStatus{9, Phase::failed, true, false, false, false, early, late},
          InstanceGone{1},
          ResourceRequest{1, 2, 1.0 / 3},
          OutOfMemory{1, 2},
          ReplicaCount{-1, std::numeric_limits<std::int32_t>::max(), kMorning, -1},
          PoolCount{1, -5, kMorning},
          NodeStatus{1, 2, false, 0.5, 1e9},
          NodeGone{4},
          PodPlacement{1, kWhole, 2, 0.25, 1.5, false},
          PodGone{5},
          DisruptionBudget{1, 2},
          CallResult{1, CallResult::Kind::external_failed, 65535, 18446744073709551615U},
          HealthResult{1, false},
          ActionDone{18446744073709551615U, false},
          TargetConflict{false},
          HostRestarted{}};
}

TEST(LogEntry, FactsReadBackTheSameBitForBit) {
  std::set<std::size_t> kinds;
  for (const Observation& fact : hard_facts()) {
    const std::string entry = observe_entry(kMorning, 3, fact);
    const ReadEntry read = read_entry(entry);
    ASSERT_TRUE(read.entry) << entry << ": " << read.problem;
    EXPECT_EQ(read.entry->kind, LogEntry::Kind::observe);
    EXPECT_EQ(read.entry->policy, 3U);
    EXPECT_EQ(read.entry->at, kMorning);
    ASSERT_TRUE(read.entry->seen);
    EXPECT_EQ(read.entry->seen->index(), fact.index());
    EXPECT_EQ(observe_entry(kMorning, 3, *read.entry->seen), entry);
    if (const auto* sample = std::get_if<MetricSample>(&fact)) {
      const double back = std::get<MetricSample>(*read.entry->seen).value;
      EXPECT_EQ(std::signbit(back), std::signbit(sample->value));
      EXPECT_EQ(back, sample->value);
    }
    kinds.insert(fact.index());
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Observation>);
}

TEST(LogEntry, NumbersAreShortAndExact) {
  EXPECT_EQ(json_real(0.1), "0.1");
  EXPECT_EQ(json_real(2), "2.0");
  EXPECT_EQ(json_real(-0.0), "-0.0");
  EXPECT_EQ(json_real(1e300), "1e+300");
  EXPECT_EQ(json_real(std::nan("")), "\"nan\"");
}

TEST(LogEntry, TheBeginningReadsBack) {
  const Beginning beginning{
      "0.1.0", "run", "a \"b\"\n", "rehearse: 1\n# \xe2\x82\xac\n", {"p", "q"}};
  const ReadEntry read = read_entry(begin_entry(kMorning, beginning));
  ASSERT_TRUE(read.entry) << read.problem;
  EXPECT_EQ(read.entry->beginning, beginning);
}

TEST(LogEntry, TextThatIsNoUtf8IsWrittenAsText) {
  EXPECT_EQ(json_text("a\xff\n"), "\"a\xef\xbf\xbd\\n\"");
}

TEST(LogEntry, WhatIsNoEntryHasAProblem) {
  const char* const kBad[] = {
      "",
      "{",
      "[]",
      "7",
      "null",
      "{}",
      R"({"at":-1,"entry":"wake","policy":0})",
      R"({"at":9223372036854775807,"entry":"wake","policy":0})",
      R"({"at":1.5,"entry":"wake","policy":0})",
      R"({"at":1,"entry":"sleep","policy":0})",
      R"({"at":1,"entry":"wake"})",
      R"({"at":1,"entry":"wake","policy":4294967296})",
      R"({"at":1,"entry":"act","policy":0,"what":"x"})",
      R"({"at":1,"entry":"act","policy":0,"action":"x"})",
      R"({"at":1,"entry":"begin","format":2})",
      R"({"at":1,"entry":"begin","format":1,"version":"","mode":"","file":"","scenario":"",)"
      R"("policies":[1]})",
      R"({"at":1,"entry":"observe","policy":0})",
      R"({"at":1,"entry":"observe","policy":0,"seen":"nothing"})",
      R"({"at":1,"entry":"observe","policy":0,"seen":"metric_lost"})",
      R"({"at":1,"entry":"observe","policy":0,"seen":"metric_lost","metric":-1})",
      R"({"at":1,"entry":"observe","policy":0,"seen":"metric_lost","metric":1,"more":1})",
      R"({"at":1,"entry":"observe","policy":0,"seen":"health_result","host":1,"passed":1})"};
  for (const char* bad : kBad) {
    const ReadEntry read = read_entry(bad);
    EXPECT_FALSE(read.entry) << bad;
    EXPECT_FALSE(read.problem.empty()) << bad;
  }
  EXPECT_FALSE(read_entry(std::string(1'000'000, '[')).entry);
}

TEST(LogReader, SaysHowALogEnds) {
  const std::string whole = log_of({kBegin, wake_entry(kMorning, 0), end_entry(kMorning, "x")});
  std::uint64_t line = 0;
  EXPECT_EQ(end_of(whole, line), LogReader::End::whole);
  EXPECT_EQ(line, 3U);
  EXPECT_EQ(end_of(whole.substr(0, whole.size() - 9), line), LogReader::End::torn);
  EXPECT_EQ(line, 3U);
  EXPECT_EQ(end_of("", line), LogReader::End::whole);
  EXPECT_EQ(line, 0U);
  EXPECT_EQ(end_of("rehearse: 1\n", line), LogReader::End::wrong);
  EXPECT_EQ(end_of(log_of({wake_entry(kMorning, 0)}), line), LogReader::End::wrong);
  EXPECT_EQ(end_of(log_of({kBegin, kBegin}), line), LogReader::End::wrong);
  EXPECT_EQ(line, 2U);
  const Instant before = Instant::at_ns(kMorning.ns() - 1);
  EXPECT_EQ(end_of(log_of({kBegin, wake_entry(before, 0)}), line), LogReader::End::wrong);
}

TEST(LogReader, NoticesEveryChangedByte) {
  const std::string whole = log_of({kBegin, wake_entry(kMorning, 0), end_entry(kMorning, "x")});
  std::uint64_t line = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_NE(end_of(changed, line), LogReader::End::whole) << i;
  }
  const std::size_t second = whole.find('\n') + 1;
  const std::size_t third = whole.find('\n', second) + 1;
  EXPECT_EQ(end_of(whole.substr(0, second) + whole.substr(third), line), LogReader::End::tampered);
  EXPECT_EQ(line, 2U);
}

TEST(LogReader, RefusesALineWithoutEnd) {
  std::uint64_t line = 0;
  EXPECT_EQ(end_of(std::string(LogReader::kLongestLine + 10, 'x'), line), LogReader::End::wrong);
}

TEST(Journal, WritesWhatItWasGivenAndNoMore) {
  tests::Folder folder;
  const std::string file = folder.file("log");
  std::string problem;
  std::vector<std::string> lines;
  {
    auto journal = Journal::create(file, problem);
    ASSERT_TRUE(journal) << problem;
    journal->listener = [&](std::string_view line) { lines.emplace_back(line); };
    journal->append(kBegin);
    EXPECT_TRUE(journal->sync());
    journal->append(wake_entry(kMorning, 0));
    EXPECT_EQ(journal->entries(), 2U);
  }
  EXPECT_EQ(tests::text_in(file), log_of({kBegin, wake_entry(kMorning, 0)}));
  EXPECT_EQ(tests::text_in(file), lines[0] + "\n" + lines[1] + "\n");
  EXPECT_FALSE(Journal::create(file, problem));  // what exists is left alone
  EXPECT_NE(problem.find("File exists"), std::string::npos);
  EXPECT_FALSE(Journal::create("/proc/none/log", problem));
}

TEST(Journal, SaysNoWhereItCannotWrite) {
  Journal full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  full.append(kBegin);
  EXPECT_FALSE(full.sync());
  EXPECT_EQ(full.problem(), "cannot write the log: No space left on device");
  full.append(kBegin);
  EXPECT_FALSE(full.flush());
  Journal none;
  none.append(kBegin);
  EXPECT_TRUE(none.flush());
  EXPECT_FALSE(none.sync());  // nothing is on a disk
  EXPECT_EQ(none.entries(), 1U);
}

}  // namespace log_test
}  // namespace rehearse::live
