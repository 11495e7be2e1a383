// What the outside world says, read without asking it.

#include <gtest/gtest.h>

#include "live/haproxy_state.hpp"
#include "live/process_table.hpp"
#include "live/prometheus.hpp"

namespace rehearse::live::answers_test {

TEST(PrometheusAnswer, HasAValueAndAnInstantForEachSeries) {
  const auto answer = read_prometheus_answer(
      R"({"status":"success","data":{"resultType":"vector","result":[
          {"metric":{"instance":"web-1","job":"web"},"value":[1795157833.836,"0.25"]},
          {"metric":{"instance":"web-2"},"value":[1795157833.836,"1e-3"]}]}})",
      "instance");
  ASSERT_TRUE(answer) << answer.problem;
  ASSERT_EQ(answer->samples.size(), 2U);
  EXPECT_EQ(answer->samples[0].label, "web-1");
  EXPECT_EQ(answer->samples[0].value, 0.25);
  EXPECT_EQ(answer->samples[1].value, 0.001);
  EXPECT_NEAR(answer->samples[0].at.to_seconds(), 1795157833.836, 1e-3);
}

TEST(PrometheusAnswer, LeavesOutWhatIsNoNumber) {
  const auto answer = read_prometheus_answer(
      R"({"status":"success","data":{"resultType":"vector","result":[
          {"metric":{"instance":"web-1"},"value":[1,"NaN"]},
          {"metric":{"instance":"web-2"},"value":[1,"-Inf"]},
          {"metric":{"instance":"web-3"},"value":[1,"twelve"]},
          {"metric":{"pod":"web-4"},"value":[1,"4"]},
          {"metric":{"instance":"web-5"},"value":[1,"5"]}]}})",
      "instance");
  ASSERT_TRUE(answer) << answer.problem;
  ASSERT_EQ(answer->samples.size(), 1U);
  EXPECT_EQ(answer->samples[0].label, "web-5");
  const std::vector<std::string> left_out{"web-1 is NaN", "web-2 is -Inf", "web-3 is no number",
                                          "a series has no label 'instance'"};
  EXPECT_EQ(answer->left_out, left_out);
}

TEST(PrometheusAnswer, OfAnotherShapeIsNone) {
  const auto refused = [](const std::string& body) {
    const auto answer = read_prometheus_answer(body, "");
    EXPECT_FALSE(answer) << body;
    EXPECT_NE(answer.problem, "") << body;
  };
  for (const char* body :
       {"", "null", "[]", "{}", R"({"status":"success"})", R"({"status":"success","data":[]})",
        R"({"status":"error"})",
        R"({"status":"success","data":{"resultType":"vector","result":{}}})",
        R"({"status":"success","data":{"resultType":"string","result":[1,"x"]}})", "\xff\xfe"})
    refused(body);
  for (const char* series :
       {"7", R"({"metric":{}})", R"({"metric":{},"value":[1]})",
        R"({"metric":{},"value":["1","1"]})", R"({"value":[1,"1"]})",
        R"({"metric":{},"value":[-5,"1"]})", R"({"metric":{},"value":[1e300,"1"]})"})
    refused(std::string(R"({"status":"success","data":{"resultType":"vector","result":[)") +
            series + "]}}");
}

constexpr const char* kServers =
    "1\n"
    "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health "
    "srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord\n"
    "4 app 1 s1 127.0.0.1 2 0 100 100 15 3 3 6 0 0 0 - - 18111 -\n"
    "4 app 2 s2 127.0.0.1 0 1 100 100 3 3 3 6 0 0 0 - - 18112 -\n\n";

TEST(HaproxyTables, ArePutTogether) {
  auto servers = read_servers_state(kServers);
  ASSERT_TRUE(servers) << servers.problem;
  ASSERT_EQ(servers->size(), 2U);
  EXPECT_EQ((*servers)[0].name, "s1");
  EXPECT_EQ((*servers)[0].port, 18111);
  EXPECT_EQ((*servers)[1].port, 18112);
  EXPECT_EQ(
      add_server_stat("# pxname,svname,qcur,scur,status,\napp,s1,2,3,UP 1/2,\napp,s2,0,0,MAINT,\n",
                      *servers),
      "");
  EXPECT_TRUE((*servers)[0].up);
  EXPECT_EQ((*servers)[0].sessions, 5);
  EXPECT_FALSE((*servers)[1].up);
}

TEST(HaproxyTables, OfAnotherShapeAreSentences) {
  EXPECT_EQ(read_servers_state("Can't find backend.\n").problem,
            "HAProxy says: Can't find backend.");
  EXPECT_EQ(read_servers_state("").problem, "HAProxy says: nothing");
  EXPECT_FALSE(read_servers_state("2\n# srv_name\ns1\n"));
  EXPECT_FALSE(read_servers_state("1\n# srv_name srv_port\ns1 many\n"));
  auto servers = read_servers_state(kServers);
  EXPECT_EQ(add_server_stat("# pxname,svname,qcur,scur,status,\napp,s1,0,0,UP,\n", *servers),
            "HAProxy says nothing of server 's2'");
  EXPECT_NE(add_server_stat("nonsense", *servers), "");
  EXPECT_NE(add_server_stat("# pxname,svname,qcur,scur,status,\napp,s1,,,UP,\n", *servers), "");
}

TEST(ProcessTable, ReadsWhatItWrites) {
  ProcessTable table;
  table.wanted = 3;
  table.next_id = 18;
  table.last_port = 18112;
  table.processes.push_back({.id = 17,
                             .pid = 1234,
                             .ticks = 987654321987ULL,
                             .port = 18112,
                             .slot = "s\"1",
                             .state = ProcessRecord::State::draining,
                             .since = Instant::at_ns(1795157833836000001),
                             .started = Instant::at_ns(1795157833836000000)});
  const std::string text = write_process_table(table, "boot");
  const auto read = parse_process_table(text, "boot");
  ASSERT_TRUE(read) << read.problem;
  EXPECT_EQ(write_process_table(*read, "boot"), text);
  EXPECT_EQ(read->processes[0].ticks, 987654321987ULL);
  EXPECT_EQ(read->processes[0].since, Instant::at_ns(1795157833836000001));
  const auto later = parse_process_table(text, "another boot");
  ASSERT_TRUE(later);
  EXPECT_EQ(later->processes[0].pid, 0) << "its number may be anybody's now";
  EXPECT_EQ(*later->wanted, 3);
}

TEST(ProcessTable, OfAnotherShapeIsNone) {
  const std::string good = write_process_table(
      {.wanted = 1, .processes = {{.id = 1, .pid = 10, .ticks = 5, .port = 80}}}, "b");
  ASSERT_TRUE(parse_process_table(good, "b"));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return static_cast<bool>(parse_process_table(text, "b"));
  };
  EXPECT_FALSE(with("\"format\": 1", "\"format\": 2"));
  EXPECT_FALSE(with("\"pid\": 10", "\"pid\": -1"));
  EXPECT_FALSE(with("\"pid\": 10", "\"pid\": 1.5"));
  EXPECT_FALSE(with("\"pid\": 10", "\"pid\": 99999999999999999999"));
  EXPECT_FALSE(with("\"port\": 80", "\"port\": 65536"));
  EXPECT_FALSE(with("\"starting\"", "\"sleeping\""));
  EXPECT_FALSE(with("\"wanted\": 1", "\"wanted\": -1"));
  EXPECT_FALSE(with("\"boot\": \"b\"", "\"boot\": 7"));
  EXPECT_FALSE(parse_process_table("", "b"));
  EXPECT_FALSE(parse_process_table(good.substr(0, good.size() / 2), "b"));
  EXPECT_TRUE(with("\"next_id\": 1", "\"next_id\": 1"));
  EXPECT_EQ(parse_process_table(good, "b")->next_id, 2U) << "never one that is in use";
}

TEST(ProcStat, NamesMayHaveBracketsAndBlanks) {
  const auto identity = read_proc_stat(
      "42 (a) b (c) S 1 42 40 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 1 1 1 1 1 1 1 1\n");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->ticks, 123456U);
  EXPECT_EQ(identity->session, 40);
  EXPECT_FALSE(identity->dead);
  EXPECT_TRUE(read_proc_stat("42 (x) Z 1 42 40 0 -1 0 1 0 0 0 0 0 0 0 20 0 1 0 7 1")->dead);
  EXPECT_FALSE(read_proc_stat("42 (x) S 1 42 40"));
  EXPECT_FALSE(read_proc_stat("42"));
  EXPECT_FALSE(read_proc_stat(""));
}

}  // namespace rehearse::live::answers_test
