#include "tests/integration/servers.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "live/haproxy_socket.hpp"
#include "live/http_client.hpp"
#include "live/process_control.hpp"

extern char** environ;

namespace rehearse::integration {

namespace fs = std::filesystem;

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "rehearse-live.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, const std::string& text) const {
  const std::string fresh = path(name) + ".fresh";
  std::ofstream(fresh, std::ios::binary) << text;
  fs::rename(fresh, path(name));
}

std::string Folder::read(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(path(name), std::ios::binary).rdbuf();
  return text.str();
}

Child::Child(std::vector<std::string> command, const std::string& log) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  if (posix_spawnp(&pid_, arguments[0], &files, nullptr, arguments.data(), environ) != 0) pid_ = 0;
  posix_spawn_file_actions_destroy(&files);
}

bool Child::runs() {
  int status = 0;
  if (pid_ != 0 && waitpid(pid_, &status, WNOHANG) == pid_) pid_ = 0;
  return pid_ != 0;
}

void Child::signal(int number) const {
  if (pid_ != 0) ::kill(pid_, number);  // not waited for: the number is still its own
}

void Child::end() {
  signal(SIGCONT);
  signal(SIGTERM);
  if (until(Duration::seconds(2), [this] { return !runs(); })) return;
  signal(SIGKILL);
  int status = 0;
  if (pid_ != 0) waitpid(pid_, &status, 0);
  pid_ = 0;
}

bool until(Duration most, const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(most.ns());
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

int free_ports(int count) {
  // Tests run side by side: each begins to look somewhere else.
  int first = 22000 + static_cast<int>((static_cast<unsigned>(getpid()) * 37U) % 9000U);
  for (int tries = 0; tries<2000; ++tries, first = first> 31000 ? 22000 : first + 17) {
    bool all = true;
    for (int port = first; all && port < first + count; ++port) all = live::is_port_free(port);
    if (all) return first;
  }
  return 0;
}

int free_port() {
  return free_ports(1);
}

long status_of(int port, const std::string& path) {
  live::HttpClient http({.timeout = Duration::seconds(1)});
  const auto reply = http.ask(fmt::format("http://127.0.0.1:{}{}", port, path));
  return reply ? reply->status : 0;
}

Haproxy::Haproxy() {
  port = free_ports(2);
  admin_port = port + 1;
  folder.write("haproxy.cfg", fmt::format(R"(global
    stats socket {0}/admin.sock mode 600 level admin
    stats socket ipv4@127.0.0.1:{2} level admin
defaults
    mode http
    timeout connect 500ms
    timeout client 5s
    timeout server 5s
frontend front
    bind 127.0.0.1:{1}
    default_backend web
backend web
    balance roundrobin
    option httpchk GET /healthz
    default-server check inter 100ms fall 2 rise 1
    server-template s 6 127.0.0.1:1 disabled
)",
                                          folder.path(), port, admin_port));
  start();
}

void Haproxy::start() {
  child.reset();
  child = std::make_unique<Child>(
      std::vector<std::string>{"haproxy", "-f", folder.path("haproxy.cfg"), "-db"},
      folder.path("haproxy.log"));
  const live::HaproxySocket socket_api(socket(), Duration::seconds(1));
  EXPECT_TRUE(until(Duration::seconds(10), [&] {
    return static_cast<bool>(socket_api.ask("show info"));
  })) << folder.read("haproxy.log");
}

PrometheusServer::PrometheusServer() {
  port = free_port();
  folder.write("instances.json", "[]");
  folder.write("prometheus.yml",
               fmt::format(R"(global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: web
    file_sd_configs: [{{files: ["{}/instances.json"], refresh_interval: 1s}}]
)",
                           folder.path()));
  child = std::make_unique<Child>(
      std::vector<std::string>{"prometheus", "--config.file=" + folder.path("prometheus.yml"),
                               "--storage.tsdb.path=" + folder.path("data"),
                               fmt::format("--web.listen-address=127.0.0.1:{}", port),
                               "--query.lookback-delta=2s"},
      folder.path("prometheus.log"));
  EXPECT_TRUE(until(Duration::seconds(20), [this] { return status_of(port, "/-/ready") == 200; }))
      << folder.read("prometheus.log");
}

spec::LivePrometheus PrometheusServer::where() const {
  return {.url = fmt::format("http://127.0.0.1:{}", port)};
}

OddServer::OddServer(bool tls) : port(free_port()) {
  std::vector<std::string> command{REHEARSE_PYTHON, "-B",
                                   REHEARSE_SOURCE_DIR "/tests/integration/odd_server.py",
                                   fmt::format("{}", port)};
  if (tls) {
    const std::string key = folder.path("key.pem");
    Child openssl({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=odd", "-addext",
                   "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate()},
                  folder.path("openssl.log"));
    EXPECT_TRUE(until(Duration::seconds(20), [&] { return !openssl.runs(); }));
    command.push_back(certificate());
    command.push_back(key);
  }
  child = std::make_unique<Child>(command, folder.path("odd.log"));
  EXPECT_TRUE(until(Duration::seconds(20), [this] {
    return folder.read("odd.log").starts_with("listens");
  })) << folder.read("odd.log");
}

spec::LivePrometheus OddServer::where() const {
  return {.url = fmt::format("http://127.0.0.1:{}", port)};
}

bool Notes::about_to(std::string_view what) {
  heard.emplace_back(what);
  return allow;
}

int Notes::count(std::string_view part) const {
  return static_cast<int>(std::count_if(heard.begin(), heard.end(), [part](const std::string& one) {
    return one.find(part) != std::string::npos;
  }));
}

Instant wall_clock() {
  return Instant::at_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count());
}

}  // namespace rehearse::integration
