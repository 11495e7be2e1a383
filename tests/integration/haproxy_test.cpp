// HAProxy's runtime API against a real one.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>

#include "live/haproxy_slots.hpp"
#include "live/haproxy_state.hpp"
#include "tests/integration/servers.hpp"

namespace rehearse::integration::haproxy_test {

using live::HaproxySlots;
using live::HaproxyState;

struct Backend {
  Backend() : port(free_port()) {
    child = std::make_unique<Child>(
        std::vector<std::string>{REHEARSE_TESTBED, "serve", "--port", fmt::format("{}", port)},
        haproxy.folder.path("testbed.log"));
    EXPECT_TRUE(
        until(Duration::seconds(10), [this] { return status_of(port, "/healthz") == 200; }));
  }
  Haproxy haproxy;
  int port = 0;
  std::unique_ptr<Child> child;
};

live::HaproxyServer server_named(const HaproxyState& state, const std::string& name) {
  const auto servers = state.servers();
  EXPECT_TRUE(servers) << servers.problem;
  if (servers)
    for (const live::HaproxyServer& server : *servers)
      if (server.name == name) return server;
  ADD_FAILURE() << "no server " << name;
  return {};
}

TEST(Haproxy, SlotsArePointedServedDrainedAndClosed) {
  Backend backend;
  const HaproxyState state(backend.haproxy.where(), "");
  const HaproxySlots slots(backend.haproxy.where(), "");
  EXPECT_EQ((*state.servers()).size(), 6U);
  EXPECT_FALSE(server_named(state, "s2").up);
  EXPECT_EQ(status_of(backend.haproxy.port, "/"), 503);

  EXPECT_EQ(slots.serve("s2", backend.port), "");
  EXPECT_TRUE(until(Duration::seconds(5), [&] { return server_named(state, "s2").up; }));
  EXPECT_EQ(server_named(state, "s2").port, backend.port);
  EXPECT_EQ(status_of(backend.haproxy.port, "/"), 200);
  EXPECT_EQ(slots.serve("s2", backend.port), "") << "the same again";

  EXPECT_EQ(slots.drain("s2"), "");
  EXPECT_FALSE(server_named(state, "s2").up);
  EXPECT_EQ(server_named(state, "s2").sessions, 0);
  EXPECT_EQ(status_of(backend.haproxy.port, "/"), 503);

  EXPECT_EQ(slots.serve("s2", backend.port), "");
  EXPECT_EQ(slots.close("s2"), "");
  EXPECT_FALSE(server_named(state, "s2").up);
}

TEST(Haproxy, SessionsThatRunAreCounted) {
  Haproxy haproxy;
  const int port = free_port();
  Child slow({REHEARSE_TESTBED, "serve", "--port", fmt::format("{}", port), "--limit", "0.01",
              "--work", "50ms"},
             haproxy.folder.path("testbed.log"));
  ASSERT_TRUE(until(Duration::seconds(10), [&] { return status_of(port, "/healthz") == 200; }));
  const HaproxyState state(haproxy.where(), "");
  const HaproxySlots slots(haproxy.where(), "");
  ASSERT_EQ(slots.serve("s1", port), "");
  Child client({"curl", "-s", "-m", "9", fmt::format("http://127.0.0.1:{}/", haproxy.port)},
               haproxy.folder.path("curl.log"));
  EXPECT_TRUE(until(Duration::seconds(8), [&] { return server_named(state, "s1").sessions == 1; }));
}

TEST(Haproxy, ByTcpAsWell) {
  Haproxy haproxy;
  spec::LiveHaproxy where = haproxy.where();
  where.socket = fmt::format("127.0.0.1:{}", haproxy.admin_port);
  const auto servers = HaproxyState(where, "").servers();
  ASSERT_TRUE(servers) << servers.problem;
  EXPECT_EQ(servers->size(), 6U);
}

TEST(Haproxy, TroubleIsASentence) {
  Haproxy haproxy;
  spec::LiveHaproxy where = haproxy.where();
  const HaproxySlots slots(where, "");
  EXPECT_NE(slots.serve("s77", 1).find("No such server"), std::string::npos);
  where.backend = "nowhere";
  EXPECT_NE(HaproxyState(where, "").servers().problem.find("HAProxy says: Can't find backend"),
            std::string::npos);
  where = haproxy.where();
  where.timeout = Duration::milliseconds(200);
  haproxy.child->signal(SIGSTOP);
  EXPECT_EQ(HaproxyState(where, "").servers().problem, "HAProxy does not answer in time");
  haproxy.child->end();
  EXPECT_NE(HaproxyState(where, "").servers().problem.find("cannot connect"), std::string::npos);
  where.socket = std::string(200, 'x');
  EXPECT_NE(HaproxyState(where, "/tmp").servers().problem.find("no address"), std::string::npos);
}

}  // namespace rehearse::integration::haproxy_test
