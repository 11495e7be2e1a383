// The client of Prometheus against a real one, and against one in every kind of trouble.

#include "live/prometheus.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/integration/servers.hpp"

namespace rehearse::integration::prometheus_test {

using live::Prometheus;

TEST(Prometheus, AnswersAsTheRealOneDoes) {
  PrometheusServer server;
  Prometheus prometheus(server.where(), "");
  const auto scalar = prometheus.query("scalar(vector(2.5))", "");
  ASSERT_TRUE(scalar) << scalar.problem;
  ASSERT_EQ(scalar->samples.size(), 1U);
  EXPECT_EQ(scalar->samples[0].value, 2.5);
  EXPECT_LT(std::abs((wall_clock() - scalar->samples[0].at).to_seconds()), 5);
  const auto labelled =
      prometheus.query("label_replace(vector(7), \"instance\", \"web-1\", \"\", \"\")", "instance");
  ASSERT_TRUE(labelled) << labelled.problem;
  ASSERT_EQ(labelled->samples.size(), 1U);
  EXPECT_EQ(labelled->samples[0].label, "web-1");
  const auto nothing = prometheus.query("no_such_metric", "");
  ASSERT_TRUE(nothing) << nothing.problem;
  EXPECT_TRUE(nothing->samples.empty());
  const auto no_number = prometheus.query("vector(0) / vector(0)", "");
  ASSERT_TRUE(no_number) << no_number.problem;
  EXPECT_TRUE(no_number->samples.empty());
  EXPECT_EQ(no_number->left_out, std::vector<std::string>{"the value is NaN"});
  const auto wrong = prometheus.query("rate((", "");
  EXPECT_FALSE(wrong);
  EXPECT_NE(wrong.problem.find("parse error"), std::string::npos) << wrong.problem;
  server.child->end();
  EXPECT_FALSE(prometheus.query("vector(1)", ""));
}

std::string problem_of(const OddServer& server, const std::string& query) {
  Prometheus prometheus(server.where(), "");
  return prometheus.query(query, "instance").problem;
}

TEST(Prometheus, TroubleIsASentenceAndNoValue) {
  OddServer server;
  EXPECT_EQ(problem_of(server, "good"), "");
  EXPECT_EQ(problem_of(server, "garbage"), "the answer is none of Prometheus: no JSON");
  EXPECT_EQ(problem_of(server, "half"), "the answer is none of Prometheus: no JSON");
  EXPECT_EQ(problem_of(server, "deep"), "the answer is none of Prometheus: no JSON");
  EXPECT_EQ(problem_of(server, "matrix"), "the answer is none of Prometheus: a matrix");
  EXPECT_EQ(problem_of(server, "error"), "Prometheus says: no such thing");
  EXPECT_EQ(problem_of(server, "busy"), "Prometheus answers with status 503");
  EXPECT_EQ(problem_of(server, "huge"), "Prometheus: the answer is longer than 8388608 bytes");
  EXPECT_EQ(problem_of(server, "elsewhere"), "Prometheus answers with status 302");
  EXPECT_NE(problem_of(server, "closed"), "");
}

TEST(Prometheus, WaitsNoLongerThanItsTimeLimit) {
  OddServer server;
  Prometheus prometheus({.url = fmt::format("http://127.0.0.1:{}", server.port),
                         .timeout = Duration::milliseconds(300)},
                        "");
  const auto answer = prometheus.query("slow", "instance");
  EXPECT_FALSE(answer);
  EXPECT_NE(answer.problem.find("timed out"), std::string::npos) << answer.problem;
}

TEST(Prometheus, TokensComeFromAFileThatMayChange) {
  OddServer server;
  Prometheus prometheus(
      {.url = fmt::format("http://127.0.0.1:{}", server.port), .token_file = "token"},
      server.folder.path());
  EXPECT_NE(prometheus.query("token", "instance").problem.find("cannot be read"),
            std::string::npos);
  server.folder.write("token", "open\x01sesame\n");
  EXPECT_NE(prometheus.query("token", "instance").problem.find("no bearer token"),
            std::string::npos);
  server.folder.write("token", "wrong-secret\n");
  const auto refused = prometheus.query("token", "instance");
  EXPECT_EQ(refused.problem, "Prometheus answers with status 401");
  server.folder.write("token", "opensesame\n");
  EXPECT_TRUE(prometheus.query("token", "instance"));
}

TEST(Prometheus, CertificatesAreVerified) {
  OddServer server(true);
  const std::string address = fmt::format("https://127.0.0.1:{}", server.port);
  Prometheus stranger({.url = address}, "");
  const auto unknown = stranger.query("good", "instance");
  EXPECT_FALSE(unknown);
  EXPECT_NE(unknown.problem.find("certificate"), std::string::npos) << unknown.problem;
  Prometheus known({.url = address, .ca = "certificate.pem"}, server.folder.path());
  const auto good = known.query("good", "instance");
  EXPECT_TRUE(good) << good.problem;
  Prometheus misnamed(
      {.url = fmt::format("https://localhost:{}", server.port), .ca = server.certificate()}, "");
  EXPECT_FALSE(misnamed.query("good", "instance"));
}

}  // namespace rehearse::integration::prometheus_test
