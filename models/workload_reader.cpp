#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/compiler.hpp"
#include "models/trace_file.hpp"

/// The `workload:` block: who asks, how often, for what.

namespace rehearse::models {
namespace {

constexpr double kMostUsers = 50e6;

const FieldTable kRateStageFields{
    "rate stage",
    "A stretch of time. `ramp` goes linearly from the rate before to the new one, `hold` keeps it.",
    {{.name = "ramp", .type = FieldType::duration, .doc = "Length of a ramp.", .min = 0},
     {.name = "hold", .type = FieldType::duration, .doc = "Length of a plateau.", .min = 0},
     {.name = "to", .type = FieldType::rate, .doc = "Rate at the end of the ramp.", .min = 0}}};

const FieldTable kUserStageFields{
    "user stage",
    "A stretch of time, as in the stages of k6: users come or go one by one, evenly.",
    {{.name = "ramp", .type = FieldType::duration, .doc = "Length of a ramp.", .min = 0},
     {.name = "hold", .type = FieldType::duration, .doc = "Length of a plateau.", .min = 0},
     {.name = "to",
      .type = FieldType::count,
      .doc = "Users at the end of the ramp.",
      .min = 0,
      .max = kMostUsers}}};

const FieldTable kArrivalFields{
    "arrivals",
    "Open loop: requests begin whatever became of those before them. One of `poisson`, `constant`, "
    "`renewal`, `stages`, `season`, `mmpp`, `trace`, `replay`.",
    {{.name = "poisson",
      .type = FieldType::rate,
      .doc = "Independent arrivals at this rate.",
      .min = 0,
      .above_min = true},
     {.name = "constant",
      .type = FieldType::rate,
      .doc = "Evenly spaced arrivals.",
      .min = 0,
      .above_min = true},
     {.name = "renewal",
      .type = FieldType::distribution,
      .doc = "Independent gaps between arrivals, of this law."},
     {.name = "stages",
      .type = FieldType::list,
      .doc = "Poisson arrivals at a rate that changes.",
      .child = &kRateStageFields},
     {.name = "start",
      .type = FieldType::rate,
      .doc = "With `stages`: the rate at the beginning.",
      .fallback = "0rps",
      .min = 0},
     {.name = "season",
      .type = FieldType::block,
      .doc = "Poisson arrivals at a rate that follows the day and the week.",
      .child = &kSeasonFields},
     {.name = "mmpp",
      .type = FieldType::list,
      .doc = "Bursts: a Poisson process whose rate jumps between states at random.",
      .child = &kBurstFields},
     {.name = "trace",
      .type = FieldType::text,
      .doc = "CSV file of counts per interval, replayed as Poisson arrivals at the rate of each "
             "interval. Relative to the file that names it."},
     {.name = "interval",
      .type = FieldType::duration,
      .doc = "With `trace`: length of an interval.",
      .fallback = "1m",
      .min = 1e-6},
     {.name = "replay",
      .type = FieldType::text,
      .doc = "CSV file with an arrival per row, in order of time, replayed as they are. Times are "
             "seconds or `YYYY-MM-DD HH:MM:SS.fff`; the first one is the start."},
     {.name = "column",
      .type = FieldType::text,
      .doc = "With `trace` and `replay`: name of the column; the last one by default for `trace`, "
             "the first one for `replay`."},
     {.name = "scale",
      .type = FieldType::number,
      .doc = "With `trace`: multiplies the counts.",
      .fallback = "1",
      .min = 0},
     {.name = "speed",
      .type = FieldType::number,
      .doc = "With `trace` and `replay`: time goes this much faster, so that rates grow as well.",
      .fallback = "1",
      .min = 1e-6,
      .max = 1e9},
     {.name = "skip",
      .type = FieldType::duration,
      .doc = "With `trace` and `replay`: starts this far into the file.",
      .fallback = "0s",
      .min = 0}}};

const FieldTable kUsersFields{
    "users",
    "Closed loop: each user waits for the answer before thinking about the next request. A number "
    "may stand for the block.",
    {{.name = "stages",
      .type = FieldType::list,
      .doc = "How many users there are over time.",
      .required = true,
      .child = &kUserStageFields},
     {.name = "start",
      .type = FieldType::count,
      .doc = "Users at the beginning.",
      .fallback = "0",
      .min = 0,
      .max = kMostUsers}}};

}  // namespace

const FieldTable kWorkloadFields{
    "workload", "One kind of clients: an open loop (`arrivals`) or a closed one (`users`).",
    with_guards(
        {{.name = "arrivals",
          .type = FieldType::block,
          .doc = "Open loop.",
          .child = &kArrivalFields},
         {.name = "users",
          .type = FieldType::block,
          .doc = "Closed loop.",
          .child = &kUsersFields,
          .schema = R"({"type": ["integer", "string"]})"},
         {.name = "think",
          .type = FieldType::distribution,
          .doc = "With `users` or a `session`: pause between an answer and the next request."},
         {.name = "clients",
          .type = FieldType::block,
          .doc = "With `arrivals`: who asks. Users of a closed loop are one client each.",
          .child = &kClientFields,
          .schema = R"({"type": ["integer", "string"]})"},
         {.name = "body",
          .type = FieldType::block,
          .doc = "Size of the bodies of requests; 0 by default.",
          .child = &kBodyFields,
          .schema = R"({"type": "string"})"},
         {.name = "to",
          .type = FieldType::text,
          .doc = "The one endpoint that all requests go to."},
         {.name = "mix",
          .type = FieldType::named,
          .doc = "Shares of endpoints, in place of `to`; must add up to 100%.",
          .item = FieldType::ratio},
         {.name = "session",
          .type = FieldType::block,
          .doc =
              "In place of `to`: pages that visitors walk through. `arrivals` are then sessions.",
          .child = &kSessionFields},
         {.name = "tenant",
          .type = FieldType::text,
          .doc = "Whom its requests count for in queues with `discipline: fair`; several workloads "
                 "may "
                 "belong to one tenant. By default each is its own."},
         {.name = "from",
          .type = FieldType::text,
          .doc = "Region or zone of the clients; `clients` is the world outside.",
          .fallback = "clients"},
         {.name = "timeout",
          .type = FieldType::duration,
          .doc = "How long a client waits for each attempt.",
          .min = 0,
          .above_min = true},
         {.name = "deadline",
          .type = FieldType::duration,
          .doc =
              "How long a client waits in all, further attempts included. It is passed on to all "
              "calls that its request causes, see *call*.",
          .min = 0,
          .above_min = true},
         {.name = "retry",
          .type = FieldType::block,
          .doc = "Further attempts of the clients.",
          .child = &kRetryFields},
         {.name = "requests",
          .type = FieldType::count,
          .doc = "Ends after so many requests.",
          .min = 1,
          .max = 9e18}})};

std::optional<std::string> Compiler::load(FieldReader& reader, std::string_view field) {
  const std::string path = path_at(reader.text(field), reader.mark(field));
  spec::FileText file = files_(path);
  if (!file.text)
    reader.error("unreadable-file", field, fmt::format("cannot read '{}': {}", path, file.problem),
                 "paths are relative to the file that names them");
  return std::move(file.text);
}

void Compiler::read_rate_trace(FieldReader& reader, WorkloadSpec& spec) {
  const auto text = load(reader, "trace");
  const Duration interval = reader.duration("interval");
  const double scale = reader.number("scale");
  const double speed = reader.number("speed");
  const double skip = reader.duration("skip").to_seconds();
  if (!text) return;
  const TraceColumn counts = read_counts(*text, reader.has("column") ? reader.text("column") : "");
  if (!counts.problem.empty())
    return reader.error("bad-trace", "trace", counts.problem, counts.help);
  const double width = interval.to_seconds();
  ArrivalSpec arrivals;
  arrivals.kind = ArrivalSpec::Kind::rates;
  for (std::size_t i = 0; i < counts.values.size(); ++i) {
    const double from = static_cast<double>(i) * width - skip;
    const double to = from + width;
    if (to <= 0) continue;
    const double rate = counts.values[i] * scale * speed / width;
    arrivals.segments.push_back({std::max(0.0, from) / speed, to / speed, rate, rate});
  }
  if (arrivals.segments.empty())
    reader.error("bad-trace", "skip", "nothing of the trace is left after 'skip'",
                 fmt::format("the file has {}",
                             format_duration(static_cast<double>(counts.values.size()) * width)));
  spec.arrivals = std::move(arrivals);
}

void Compiler::read_replay(FieldReader& reader, WorkloadSpec& spec) {
  const auto text = load(reader, "replay");
  const double speed = reader.number("speed");
  const double skip = reader.duration("skip").to_seconds();
  if (!text) return;
  const TraceColumn times = read_instants(*text, reader.has("column") ? reader.text("column") : "");
  if (!times.problem.empty()) return reader.error("bad-trace", "replay", times.problem, times.help);
  ArrivalSpec arrivals;
  arrivals.kind = ArrivalSpec::Kind::instants;
  for (const double at : times.values) {
    if (at >= skip) arrivals.instants.push_back(Duration::from_seconds((at - skip) / speed).ns());
  }
  spec.arrivals = std::move(arrivals);
}

void Compiler::read_rate_stages(FieldReader& reader, WorkloadSpec& spec) {
  ArrivalSpec arrivals;
  arrivals.kind = ArrivalSpec::Kind::rates;
  double at = 0;
  double rate = reader.rate("start");
  for (const SpecNode& item : reader.items("stages")) {
    FieldReader stage(item, kRateStageFields, out_, "a stage of " + reader.what());
    if (stage.has("ramp") == stage.has("hold") || stage.has("ramp") != stage.has("to")) {
      out_.error("contradiction", item.mark, "a stage is either a ramp to a rate, or a hold",
                 "write '{ramp: 10s, to: 50rps}' or '{hold: 60s}'");
      continue;
    }
    const double length = stage.optional_duration(stage.has("ramp") ? "ramp" : "hold")
                              .value_or(Duration{})
                              .to_seconds();
    const double to = stage.has("to") ? stage.rate("to") : rate;
    if (length > 0) arrivals.segments.push_back({at, at + length, rate, to});
    at += length;
    rate = to;
  }
  spec.arrivals = std::move(arrivals);
}

void Compiler::read_arrivals(const SpecNode& node, const std::string& name, WorkloadSpec& spec) {
  FieldReader reader(node, kArrivalFields, out_, fmt::format("arrivals of '{}'", name));
  const std::vector<std::string_view> kinds = {"poisson", "constant", "renewal", "stages",
                                               "season",  "mmpp",     "trace",   "replay"};
  const auto written = std::count_if(kinds.begin(), kinds.end(),
                                     [&](std::string_view kind) { return reader.has(kind); });
  if (written != 1) {
    out_.error("contradiction", node.mark,
               written == 0 ? "arrivals need a law" : "arrivals can follow only one law",
               "give one of poisson, constant, renewal, stages, season, mmpp, trace, replay");
    return;
  }
  spec.arrival_stream = add_stream(name, "arrivals");
  ArrivalSpec arrivals;
  if (reader.has("poisson")) {
    arrivals.rate = reader.rate("poisson");
    arrivals.mean_gap = arrivals.rate > 0 ? 1 / arrivals.rate : 0;
    spec.arrivals = arrivals;
  } else if (reader.has("constant") || reader.has("renewal")) {
    arrivals.kind = ArrivalSpec::Kind::renewal;
    const double rate = reader.optional_rate("constant").value_or(1);
    arrivals.law =
        reader.has("renewal")
            ? add_law(*reader.node("renewal"), name, "gaps")
            : add_law(sim::Distribution::constant(rate > 0 ? 1 / rate : 1), name, "gaps");
    const double mean = blueprint_.plans.laws[arrivals.law].law.mean();
    if (mean <= 0 && !out_.has_errors())
      reader.error("out-of-range", "renewal", "gaps of zero would never let time pass");
    arrivals.renewal_rate = mean > 0 ? 1 / mean : 0;
    spec.arrivals = arrivals;
  } else if (reader.has("mmpp")) {
    read_bursts(reader, spec);
  } else {
    spec.stationary = false;
    if (reader.has("stages")) read_rate_stages(reader, spec);
    if (reader.has("season")) read_season(*reader.node("season"), spec);
    if (reader.has("trace")) read_rate_trace(reader, spec);
    if (reader.has("replay")) read_replay(reader, spec);
  }
}

void Compiler::read_users(const SpecNode& node, const std::string& name, WorkloadSpec& spec) {
  UsersSpec users;
  if (node.is_scalar()) {
    const Parsed<std::int64_t> count = parse_count(node.text);
    if (!count.value || *count.value < 1 || static_cast<double>(*count.value) > kMostUsers) {
      out_.error(count.value ? "out-of-range" : "bad-quantity", node.mark,
                 count.value ? "users must be from 1 to 50M" : count.problem, "write 'users: 100'");
      return;
    }
    users.most = static_cast<std::uint32_t>(*count.value);
    users.changes.push_back({Instant::start(), users.most});
    spec.users = std::move(users);
    return;
  }
  FieldReader reader(node, kUsersFields, out_, fmt::format("users of '{}'", name));
  std::vector<UserStage> stages;
  const auto start = static_cast<std::uint32_t>(reader.count("start"));
  std::uint32_t level = start;
  users.most = start;
  for (const SpecNode& item : reader.items("stages")) {
    FieldReader stage(item, kUserStageFields, out_, "a stage of " + reader.what());
    if (stage.has("ramp") == stage.has("hold") || stage.has("ramp") != stage.has("to")) {
      out_.error("contradiction", item.mark, "a stage is either a ramp to a number, or a hold",
                 "write '{ramp: 10s, to: 50}' or '{hold: 60s}'");
      continue;
    }
    if (stage.has("to")) level = static_cast<std::uint32_t>(stage.count("to"));
    stages.push_back(
        {stage.optional_duration(stage.has("ramp") ? "ramp" : "hold").value_or(Duration{}), level});
    users.most = std::max(users.most, level);
  }
  spec.stationary = false;
  users.changes = user_changes(start, stages);
  spec.users = std::move(users);
}

// resolve; for each target of a name: call, done. Without a name: call, done.
std::uint32_t Compiler::emit_client(const std::string& to, Mark mark, const WorkloadSpec& spec,
                                    const CallPattern& pattern) {
  if (const auto name = name_in(to)) {
    const std::string rest = to.substr(blueprint_.names[*name].name.size());
    ResolveSpec resolve{*name, {}};
    const std::uint32_t start = emit({.kind = StepKind::resolve});
    for (const std::string& target : blueprint_.names[*name].targets)
      resolve.starts.push_back(emit_client(target + rest, mark, spec, pattern));
    blueprint_.plans.steps[start].a = static_cast<std::uint32_t>(blueprint_.plans.resolves.size());
    blueprint_.plans.resolves.push_back(std::move(resolve));
    return start;
  }
  CallSpec call = pattern.call;
  GuardSpec guard = pattern.guard;
  guard.caller = spec.name;
  guard.first_client = spec.first_client;
  guard.units =
      std::max(1U, spec.users ? spec.users->most : static_cast<std::uint32_t>(spec.clients.size()));
  const auto endpoint = endpoint_named(to, mark, false);
  const std::uint32_t start = here();
  if (endpoint) {
    call.endpoint = *endpoint;
    call.service = blueprint_.endpoints[*endpoint].service;
    call.failure_pc = start + 1;
    edges_.push_back({kNone, *endpoint, mark});
    emit({.kind = StepKind::call,
          .a = add_call(call, {.entity = spec.name + " " + to, .endpoint = kNone}, guard)});
  }
  emit({.kind = StepKind::done});
  return start;
}

void Compiler::read_mix(FieldReader& reader, WorkloadSpec& spec, const CallPattern& pattern) {
  const auto add = [&](const std::string& to, Mark mark) {
    return emit_client(to, mark, spec, pattern);
  };
  if (int{reader.has("to")} + int{reader.has("mix")} + int{reader.has("session")} != 1) {
    reader.error("contradiction", reader.has("mix") ? "mix" : "to",
                 fmt::format("{} needs one of 'to', 'mix' and 'session'", reader.what()),
                 "write 'to: gateway/fraud' or 'mix: {gateway/fraud: 40%, gateway/health: 60%}'");
    return;
  }
  if (reader.has("to")) {
    spec.mix.emplace_back(1.0, add(reader.text("to"), reader.mark("to")));
    return;
  }
  double sum = 0;
  for (const SpecEntry& entry : reader.entries("mix")) {
    const Parsed<double> share = parse_ratio(entry.value.text);
    if (!entry.value.is_scalar() || !share.value || *share.value < 0 || *share.value > 1) {
      out_.error("bad-quantity", entry.value.mark,
                 share.problem.empty() ? "not a share from 0% to 100%" : share.problem,
                 fmt::format("write '{}: 40%'", entry.key));
      continue;
    }
    sum += *share.value;
    spec.mix.emplace_back(sum, add(entry.key, entry.key_mark));
  }
  if (!spec.mix.empty() && std::abs(sum - 1) > 1e-6 && !out_.has_errors())
    reader.error("bad-shares", "mix",
                 fmt::format("shares add up to {}, not 100%", format_ratio(sum)));
}

void Compiler::read_workload(const SpecEntry& entry) {
  const std::string what = fmt::format("workload '{}'", entry.key);
  FieldReader reader(entry.value, kWorkloadFields, out_, what);
  WorkloadSpec spec;
  spec.name = entry.key;
  if (reader.has("arrivals") == reader.has("users"))
    reader.error("contradiction", reader.has("users") ? "users" : "arrivals",
                 fmt::format("{} needs either 'arrivals' or 'users'", what),
                 "arrivals: {poisson: 80rps} is an open loop, users: 50 a closed one");
  if (const SpecNode* arrivals = reader.node("arrivals")) read_arrivals(*arrivals, entry.key, spec);
  if (const SpecNode* users = reader.node("users")) {
    read_users(*users, entry.key, spec);
    const SpecNode* think = reader.node("think");
    if (think != nullptr && spec.users && !reader.has("session"))
      spec.users->think = add_law(*think, entry.key, "think");
  } else if (reader.has("think") && !reader.has("session")) {
    reader.error("contradiction", "think", "only users of a closed loop and in a session think",
                 "remove it, or write 'users: 50' in place of 'arrivals'");
  }
  const std::vector<std::uint32_t> zones = zones_named(reader.text("from"), reader.mark("from"));
  if (!zones.empty()) spec.zone = zones.front();
  read_clients(reader, spec);
  spec.body = read_size(reader, "body", entry.key);
  spec.limit = static_cast<std::uint64_t>(reader.optional_count("requests").value_or(0));
  spec.mix_stream = add_stream(entry.key, "mix");
  const CallPattern pattern = read_call(reader);
  check_units(pattern.guard, spec.users ? spec.users->most : spec.clients.size(), "clients",
              reader.mark(spec.users ? "users" : "clients"));
  tenants_.push_back(reader.has("tenant") ? reader.text("tenant") : entry.key);
  if (const SpecNode* session = reader.node("session");
      session && !reader.has("to") && !reader.has("mix"))
    read_session(*session, spec, reader.node("think"), pattern);
  else
    read_mix(reader, spec, pattern);
  declare(entry.key,
          {SubjectKind::workload, static_cast<std::uint32_t>(blueprint_.workloads.size())},
          entry.key_mark);
  scenario_.stationary = scenario_.stationary && spec.stationary && spec.limit == 0;
  blueprint_.workloads.push_back(std::move(spec));
}

void Compiler::read_workloads(const SpecNode& node) {
  if (!node.is_map()) return;
  for (const SpecEntry& entry : node.entries) read_workload(entry);
  resolve_workload_names();
  resolve_tenants();
  find_call_cycles();
  if (!out_.has_errors()) check_clients();
}

}  // namespace rehearse::models
