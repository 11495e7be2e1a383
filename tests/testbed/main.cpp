#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/quantity.hpp"
#include "tests/testbed/load.hpp"
#include "tests/testbed/serve.hpp"

/// `rehearse-testbed`: something real to scale, and something that loads it. For tests and the
/// demonstration of the live loop; not installed.

namespace {

void add_duration(CLI::App& app, const char* name, double& seconds, const char* help) {
  app.add_option_function<std::string>(
      name,
      [&seconds, name](const std::string& text) {
        const auto read = rehearse::parse_duration(text);
        if (!read.value) throw CLI::ValidationError(name, read.problem);
        seconds = read.value->to_seconds();
      },
      help);
}

void add_serve(CLI::App& root, rehearse::testbed::ServeOptions& options) {
  CLI::App* app = root.add_subcommand("serve", "serve requests that cost CPU, on loopback");
  app->add_option("--port", options.port, "Port of 127.0.0.1.")->required();
  app->add_option("--limit", options.limit, "CPU limit in cores, as a quota per period.");
  app->add_option("--cores", options.cores, "Cores that it can use at once.");
  add_duration(*app, "--period", options.period, "Period of the quota (100ms).");
  add_duration(*app, "--work", options.work, "Mean CPU time of a request (10ms).");
  app->add_option("--concurrency", options.concurrency, "Requests that share the cores.");
  app->add_option("--queue", options.queue, "Requests that may wait for that.");
  add_duration(*app, "--start", options.start, "Time until it is ready.");
  app->add_option("--seed", options.seed, "Of the work.");
}

void add_load(CLI::App& root, rehearse::testbed::LoadOptions& options) {
  CLI::App* app = root.add_subcommand("load", "send the requests of a workload of a scenario");
  app->add_option("FILE", options.scenario, "Scenario.")->required();
  app->add_option("--set", options.sets, "As for `rehearse run`.")->allow_extra_args(false);
  app->add_option("--workload", options.workload, "Which workload.")->required();
  app->add_option("--url", options.url, "Whom to ask.")->required();
  app->add_option("--csv", options.csv, "File with a line per second.");
  add_duration(*app, "--timeout", options.timeout, "Of a request (5s).");
  add_duration(*app, "--for", options.duration, "How long (the horizon).");
}

}  // namespace

int main(int argc, char** argv) {
  rehearse::testbed::ServeOptions serve;
  rehearse::testbed::LoadOptions load;
  CLI::App root("A service to scale, and a load for it.", "rehearse-testbed");
  root.require_subcommand(1);
  add_serve(root, serve);
  add_load(root, load);
  CLI11_PARSE(root, argc, argv);
  if (root.got_subcommand("serve")) return rehearse::testbed::serve(serve);
  return rehearse::testbed::load(load);
}
