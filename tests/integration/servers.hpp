#pragma once
/// Real servers for tests: started here, on loopback, on ports below those that outgoing
/// connections get; ended here, by their numbers, whatever becomes of the test.

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "live/actuator.hpp"
#include "scenarios/spec/live.hpp"

namespace rehearse::integration {

/// A folder that is gone afterwards.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;

 private:
  std::string path_;
};

/// A child of this process; SIGTERM, and SIGKILL two seconds later, when it goes out of scope.
class Child {
 public:
  Child(std::vector<std::string> command, const std::string& log);
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void end();
  void signal(int number) const;
  bool runs();
  pid_t number() const { return pid_; }

 private:
  pid_t pid_ = 0;  // 0: it has been waited for
};

/// Polls every 20 ms. False when time is over.
bool until(Duration most, const std::function<bool()>& holds);

int free_port();
/// The first of so many ports that are free.
int free_ports(int count);
/// Status of a GET on loopback; 0 where there is no answer.
long status_of(int port, const std::string& path);

/// HAProxy with a backend `web` of six slots; the frontend at `port`.
struct Haproxy {
  Folder folder;
  int port = 0;
  int admin_port = 0;  ///< the runtime API by TCP
  std::unique_ptr<Child> child;
  Haproxy();
  void start();
  std::string socket() const { return folder.path("admin.sock"); }
  spec::LiveHaproxy where() const { return {.socket = socket(), .backend = "web"}; }
};

/// Prometheus that scrapes the job `web` every 200 ms.
struct PrometheusServer {
  Folder folder;
  int port = 0;
  std::unique_ptr<Child> child;
  PrometheusServer();
  std::string discovery() const { return folder.path("instances.json"); }
  spec::LivePrometheus where() const;
};

/// odd_server.py: a Prometheus in every kind of trouble. With TLS its certificate, of its own
/// making, is for 127.0.0.1 and not for localhost.
struct OddServer {
  Folder folder;
  int port = 0;
  std::unique_ptr<Child> child;
  explicit OddServer(bool tls = false);
  std::string certificate() const { return folder.path("certificate.pem"); }
  spec::LivePrometheus where() const;
};

/// Writes down what an actuator is about to do; says no where it was told to.
class Notes final : public live::Audit {
 public:
  bool about_to(std::string_view what) override;
  void happened(std::string_view what) override { heard.emplace_back(what); }
  /// How many entries, of either kind, contain this.
  int count(std::string_view part) const;

  bool allow = true;
  std::vector<std::string> heard;
};

Instant wall_clock();

}  // namespace rehearse::integration
