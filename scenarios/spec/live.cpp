#include "scenarios/spec/live.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

/// The `live:` block: tables and reading. What is said of a single key is checked by its table,
/// what makes no sense on a real platform here.

namespace rehearse::spec {
namespace {

constexpr std::size_t kLongestSocket = 107;  // sun_path of Linux, without its end

const FieldTable kLivePrometheusFields{
    "live prometheus",
    "The Prometheus that is asked for metrics, by instant queries of its HTTP API.",
    {{.name = "url",
      .type = FieldType::text,
      .doc = "Its address; with `https` the certificate is verified. Without name and password: "
             "see `token_file`.",
      .required = true,
      .example = "http://127.0.0.1:9090"},
     {.name = "timeout",
      .type = FieldType::duration,
      .doc = "That an answer may take.",
      .fallback = "2s",
      .min = 0.01,
      .max = 60},
     {.name = "ca",
      .type = FieldType::text,
      .doc = "File with the certificate authorities to trust in place of the system's."},
     {.name = "token_file",
      .type = FieldType::text,
      .doc = "File with a bearer token, read anew for each look; sent over `https` or loopback "
             "only."}}};

const FieldTable kLiveMetricFields{
    "live metric",
    "What a policy calls a metric, as a question to Prometheus. The answer is in the metric's own "
    "unit: cores, bytes, requests per second; a share of one where it is a ratio.",
    {{.name = "each",
      .type = FieldType::text,
      .doc = "PromQL with a value for each instance.",
      .example = "'rate(process_cpu_seconds_total{job=\"web\"}[30s])'"},
     {.name = "whole",
      .type = FieldType::text,
      .doc = "PromQL with one value for all instances together.",
      .example = "'sum(rate(http_requests_total{job=\"web\"}[30s]))'"},
     {.name = "instance",
      .type = FieldType::text,
      .doc =
          "Of `each`: the label that says which instance a value is of, by its address or, where "
          "`discovery` names instances, by its name.",
      .fallback = "instance"},
     {.name = "window",
      .type = FieldType::duration,
      .doc = "Over what time the values are averaged: the range in the query; 0 for a gauge.",
      .fallback = "0s",
      .min = 0,
      .max = 86400}}};

const FieldTable kLiveReservesFields{
    "live reserves",
    "What an instance reserves, for targets that are a share of it.",
    {{.name = "cpu", .type = FieldType::cpu, .doc = "Cores.", .min = 0.001, .max = 1e6},
     {.name = "memory", .type = FieldType::bytes, .doc = "Memory.", .min = 1}}};

const FieldTable kLiveHaproxyFields{
    "live haproxy",
    "The HAProxy in front of the instances, by its runtime API. Its backend has a slot, `server s1 "
    "127.0.0.1:1 check disabled`, for as many instances as there may ever be at once, those that "
    "drain included.",
    {{.name = "socket",
      .type = FieldType::text,
      .doc = "Path of a stats socket of level admin, or `HOST:PORT` on loopback.",
      .required = true,
      .example = "run/admin.sock"},
     {.name = "backend",
      .type = FieldType::text,
      .doc = "Name of the backend.",
      .required = true,
      .example = "web"},
     {.name = "timeout",
      .type = FieldType::duration,
      .doc = "That an answer may take.",
      .fallback = "1s",
      .min = 0.01,
      .max = 60}}};

const FieldTable kLiveProcessesFields{
    "live processes",
    "Instances as processes of this machine. They stay when `rehearse live` ends, the next one "
    "takes them on, and `rehearse live stop` ends them.",
    {{.name = "command",
      .type = FieldType::list,
      .doc = "Program and arguments; `{port}` stands for the port of the instance. A program "
             "without a slash is looked for in `PATH`.",
      .required = true,
      .example = "[bin/shop, --port, \"{port}\"]"},
     {.name = "ports",
      .type = FieldType::text,
      .doc = "Ports that instances may listen on, from the first to the last.",
      .required = true,
      .example = "18111-18130"},
     {.name = "state",
      .type = FieldType::text,
      .doc = "Folder that remembers which processes there are and keeps what they print.",
      .required = true,
      .example = "run/state"},
     {.name = "discovery",
      .type = FieldType::text,
      .doc = "File that is kept for `file_sd_configs` of Prometheus: address and name (label "
             "`instance`) of each instance.",
      .example = "run/instances.json"},
     {.name = "ready",
      .type = FieldType::text,
      .doc = "Path that answers 200 once an instance can serve.",
      .required = true,
      .example = "/healthz"},
     {.name = "start",
      .type = FieldType::duration,
      .doc = "That one has to become ready; then it is given up.",
      .fallback = "10s",
      .min = 0.1,
      .max = 3600},
     {.name = "drain",
      .type = FieldType::duration,
      .doc = "That one has to finish its work when it is no longer wanted, and again to end after "
             "SIGTERM; then it is killed.",
      .fallback = "10s",
      .min = 0,
      .max = 3600}}};

const FieldTable kLiveTargetFields{
    "live target",
    "The real side of a service that a policy scales.",
    {{.name = "metrics",
      .type = FieldType::named,
      .doc = "Every metric that the policy looks at, by the name it has there.",
      .child = &kLiveMetricFields},
     {.name = "reserves",
      .type = FieldType::block,
      .doc = "What an instance reserves.",
      .child = &kLiveReservesFields},
     {.name = "haproxy",
      .type = FieldType::block,
      .doc = "What sends it requests.",
      .required = true,
      .child = &kLiveHaproxyFields},
     {.name = "processes",
      .type = FieldType::block,
      .doc = "What its instances are.",
      .required = true,
      .child = &kLiveProcessesFields}}};

// ASCII letters, digits and these.
bool has_only(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [others](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != others.npos;
  });
}

bool names_a_file(std::string_view text) {
  return !text.empty() && text.size() <= 100 && text.front() != '.' && has_only(text, "-_.");
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

// The host of "http://host:port/path", brackets of IPv6 included.
std::string_view host_of(std::string_view rest) {
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (rest.starts_with('[')) return rest.substr(0, rest.find(']') + 1);
  return rest.substr(0, rest.find(':'));
}

LivePrometheus read_prometheus(const SpecNode* node, Diagnostics& out) {
  LivePrometheus prometheus;
  if (node == nullptr) return prometheus;
  FieldReader reader(*node, kLivePrometheusFields, out, "'prometheus' of 'live'");
  prometheus.mark = node->mark;
  prometheus.url = reader.text("url");
  prometheus.timeout = reader.duration("timeout");
  prometheus.ca = reader.optional_text("ca").value_or("");
  prometheus.token_file = reader.optional_text("token_file").value_or("");
  while (prometheus.url.ends_with('/')) prometheus.url.pop_back();
  const std::string_view url = prometheus.url;
  const bool secure = url.starts_with("https://");
  if (!reader.has("url")) return prometheus;
  const std::string_view rest = url.substr(std::min(url.size(), std::size_t{secure ? 8U : 7U}));
  if ((!secure && !url.starts_with("http://")) || host_of(rest).empty() ||
      url.find_first_of("?# ") != url.npos) {
    reader.error("bad-address", "url", "this is not the address of a server",
                 "write http://127.0.0.1:9090 or https://prometheus.example.com/path");
  } else if (rest.find('@') != rest.npos) {
    reader.error("bad-address", "url", "an address is no place for a name and a password",
                 "keep a bearer token in a file and name it in 'token_file'");
  } else if (!secure && !prometheus.token_file.empty() && !is_loopback(host_of(rest))) {
    reader.error("contradiction", "token_file", "a token would cross the network unencrypted",
                 "use https");
  }
  return prometheus;
}

LiveMetric read_metric(const SpecEntry& entry, const std::string& target, Diagnostics& out) {
  FieldReader reader(entry.value, kLiveMetricFields, out,
                     fmt::format("metric '{}' of '{}'", entry.key, target));
  LiveMetric metric;
  metric.name = entry.key;
  metric.mark = entry.key_mark;
  metric.each = reader.has("each");
  if (metric.each == reader.has("whole"))
    out.error("contradiction", entry.key_mark,
              fmt::format("metric '{}' needs a query: 'each' or 'whole'", entry.key),
              "'each' has a value for each instance, 'whole' one for all together");
  else
    metric.query = reader.text(metric.each ? "each" : "whole");
  metric.label = reader.text("instance");
  metric.window = reader.duration("window");
  if (!metric.each && reader.has("instance"))
    reader.error("contradiction", "instance", "one value for all is of no single instance");
  return metric;
}

LiveHaproxy read_haproxy(const SpecNode* node, const std::string& target, Diagnostics& out) {
  LiveHaproxy haproxy;
  if (node == nullptr) return haproxy;
  FieldReader reader(*node, kLiveHaproxyFields, out, fmt::format("'haproxy' of '{}'", target));
  haproxy.mark = node->mark;
  haproxy.socket = reader.text("socket");
  haproxy.backend = reader.text("backend");
  haproxy.timeout = reader.duration("timeout");
  const bool address = haproxy.socket.find('/') == std::string::npos &&
                       haproxy.socket.find(':') != std::string::npos;
  if (address && !is_loopback(host_of(haproxy.socket)))
    reader.error("bad-address", "socket",
                 "whoever reaches the runtime API rules HAProxy, so it is used on loopback only",
                 "write 127.0.0.1:19999, or the path of a socket");
  if (!address && haproxy.socket.size() > kLongestSocket)
    reader.error("bad-address", "socket",
                 fmt::format("the path of a socket has {} bytes at most", kLongestSocket));
  // Spaces and semicolons would make a second command of it.
  if (!has_only(haproxy.backend, "-_.:"))
    reader.error("bad-address", "backend", "this is no name of a backend",
                 "HAProxy allows letters, digits and - _ . :");
  return haproxy;
}

bool read_ports(std::string_view text, LiveProcesses& processes) {
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return false;
  const auto number = [](std::string_view part, int& port) {
    const auto read = std::from_chars(part.data(), part.data() + part.size(), port);
    return read.ec == std::errc{} && read.ptr == part.data() + part.size() && port > 0 &&
           port < 65536;
  };
  return number(text.substr(0, dash), processes.first_port) &&
         number(text.substr(dash + 1), processes.last_port) &&
         processes.first_port <= processes.last_port &&
         processes.last_port - processes.first_port < 1000;
}

LiveProcesses read_processes(const SpecNode* node, const std::string& target, Diagnostics& out) {
  LiveProcesses processes;
  if (node == nullptr) return processes;
  FieldReader reader(*node, kLiveProcessesFields, out, fmt::format("'processes' of '{}'", target));
  processes.mark = node->mark;
  processes.command = reader.texts("command");
  processes.state = reader.text("state");
  processes.discovery = reader.optional_text("discovery").value_or("");
  processes.ready = reader.text("ready");
  processes.start = reader.duration("start");
  processes.drain = reader.duration("drain");
  if (reader.has("ports") && !read_ports(reader.text("ports"), processes))
    reader.error("bad-address", "ports", "these are no ports", "write 18111-18130; 1000 at most");
  const auto told = [](const std::string& part) { return part.find("{port}") != part.npos; };
  if (reader.has("command") &&
      std::none_of(processes.command.begin(), processes.command.end(), told))
    reader.error("contradiction", "command", "nobody tells the instance on which port it listens",
                 "'{port}' in an argument stands for it");
  if (reader.has("ready") && !processes.ready.starts_with('/'))
    reader.error("bad-address", "ready", "a path begins with a slash", "write /healthz");
  return processes;
}

LiveTarget read_target(const SpecEntry& entry, Diagnostics& out) {
  FieldReader reader(entry.value, kLiveTargetFields, out,
                     fmt::format("target '{}' of 'live'", entry.key));
  LiveTarget target;
  target.service = entry.key;
  target.mark = entry.key_mark;
  if (!names_a_file(entry.key))
    out.error("bad-address", entry.key_mark,
              "this name cannot be that of files in the state folder",
              "letters, digits and - _ . can");
  for (const SpecEntry& metric : reader.entries("metrics"))
    target.metrics.push_back(read_metric(metric, entry.key, out));
  if (const SpecNode* node = reader.node("reserves")) {
    FieldReader reserves(*node, kLiveReservesFields, out,
                         fmt::format("'reserves' of '{}'", entry.key));
    target.reserved_cpu = reserves.optional_cpu("cpu").value_or(0);
    target.reserved_memory = reserves.optional_bytes("memory").value_or(0);
  }
  target.haproxy = read_haproxy(reader.node("haproxy"), entry.key, out);
  target.processes = read_processes(reader.node("processes"), entry.key, out);
  return target;
}

constexpr std::size_t kMostTargets = 200;

// Two targets that share ports, a folder or a backend would fight over them.
void check_apart(const std::vector<LiveTarget>& targets, Diagnostics& out) {
  if (targets.size() > kMostTargets)
    return out.error("out-of-range", targets.front().mark,
                     fmt::format("more than {} targets", kMostTargets));
  for (std::size_t i = 0; i < targets.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const LiveProcesses& a = targets[k].processes;
      const LiveProcesses& b = targets[i].processes;
      const LiveHaproxy& front = targets[i].haproxy;
      const bool ports = a.first_port <= b.last_port && b.first_port <= a.last_port;
      const bool backend =
          front.socket == targets[k].haproxy.socket && front.backend == targets[k].haproxy.backend;
      if ((ports && b.first_port > 0) || (backend && !front.backend.empty()))
        out.error("contradiction", targets[i].mark,
                  fmt::format("'{}' and '{}' have the same {}", targets[k].service,
                              targets[i].service, ports ? "ports" : "backend"),
                  "each target has ports and a backend of its own");
    }
  }
}

}  // namespace

const FieldTable kLiveFields{
    "live",
    "The real platform that the policies of this file see and scale with `rehearse live`: where it "
    "is asked, and what acts on it. Simulation has no use for it. Relative paths start at the "
    "folder of the scenario file.",
    {{.name = "prometheus",
      .type = FieldType::block,
      .doc = "What is asked for metrics.",
      .required = true,
      .child = &kLivePrometheusFields},
     {.name = "targets",
      .type = FieldType::named,
      .doc = "The real side of services, by their names in this file.",
      .required = true,
      .child = &kLiveTargetFields},
     {.name = "guards",
      .type = FieldType::block,
      .doc = "What no policy may exceed on the real platform. It cannot be left out; a policy with "
             "`guard_rails` has those in its place, which allow no more than these.",
      .required = true,
      .child = &kChangeLimitsFields}}};

const LiveTarget* LivePlatform::find(std::string_view service) const {
  const auto found = std::find_if(targets.begin(), targets.end(), [&](const LiveTarget& target) {
    return target.service == service;
  });
  return found == targets.end() ? nullptr : &*found;
}

std::optional<LivePlatform> read_live(const SpecNode* node, Diagnostics& out) {
  if (node == nullptr) return std::nullopt;
  const int before = out.error_count();
  FieldReader reader(*node, kLiveFields, out, "'live'");
  LivePlatform platform;
  platform.mark = node->mark;
  platform.prometheus = read_prometheus(reader.node("prometheus"), out);
  for (const SpecEntry& entry : reader.entries("targets"))
    platform.targets.push_back(read_target(entry, out));
  if (const SpecNode* guards = reader.node("guards"))
    platform.guards = read_change_limits(*guards, out, "'guards' of 'live'");
  check_apart(platform.targets, out);
  if (out.error_count() != before) return std::nullopt;
  return platform;
}

}  // namespace rehearse::spec
