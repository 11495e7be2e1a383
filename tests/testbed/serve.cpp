#include "tests/testbed/serve.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <chrono>
#include <csignal>
#include <mutex>
#include <thread>

#include "sim/random.hpp"
#include "tests/testbed/cpu_share.hpp"
#include "tests/testbed/instruments.hpp"

namespace rehearse::testbed {
namespace {

using Clock = std::chrono::steady_clock;

class Service {
 public:
  explicit Service(const ServeOptions& options)
      : options_(options),
        gate_(static_cast<std::size_t>(options.concurrency),
              static_cast<std::size_t>(options.queue)),
        cpu_(options.limit, static_cast<std::size_t>(options.cores),
             std::chrono::duration_cast<Clock::duration>(
                 std::chrono::duration<double>(options.period))),
        draws_({options.seed, 0}, "testbed", "work") {}

  void listen_on(httplib::Server& server) {
    server.Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
      const std::chrono::duration<double> age = Clock::now() - begun_;
      response.status = age.count() >= options_.start ? 200 : 503;
    });
    server.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(instruments_.text(gate_.waiting()), "text/plain; version=0.0.4");
    });
    server.Get(".*", [this](const httplib::Request&, httplib::Response& response) {
      response.status = work();
    });
  }

 private:
  int work() {
    const Clock::time_point begin = Clock::now();
    instruments_.begun();
    int status = 503;
    if (gate_.enter()) {
      cpu_.use(draw());
      gate_.leave();
      status = 200;
    }
    instruments_.ended(status, std::chrono::duration<double>(Clock::now() - begin).count());
    return status;
  }
  double draw() {
    const std::lock_guard lock(mutex_);
    return options_.work * draws_.exponential();
  }

  const ServeOptions options_;
  const Clock::time_point begun_ = Clock::now();
  FifoGate gate_;
  CpuShare cpu_;
  Instruments instruments_;
  std::mutex mutex_;
  sim::Stream draws_;
};

}  // namespace

int serve(const ServeOptions& options) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before any thread: one of ours waits for them
  Service service(options);
  httplib::Server server;
  // A connection keeps a thread for as long as it is open, so each serves one request.
  server.set_keep_alive_max_count(1);
  server.new_task_queue = [&options] {
    return new httplib::ThreadPool(
        static_cast<std::size_t>(options.concurrency + options.queue + 8));
  };
  service.listen_on(server);
  if (!server.bind_to_port("127.0.0.1", options.port)) {
    fmt::print(stderr, "rehearse-testbed: cannot listen on 127.0.0.1:{}\n", options.port);
    return 4;
  }
  std::thread waits([&] {
    int signal = 0;
    sigwait(&ends, &signal);
    server.stop();
  });
  fmt::print("serves on 127.0.0.1:{}\n", options.port);
  std::fflush(stdout);
  server.listen_after_bind();
  pthread_kill(waits.native_handle(), SIGUSR1);  // where it was not a signal that ended this
  waits.join();
  return 0;
}

}  // namespace rehearse::testbed
