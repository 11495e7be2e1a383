#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "models/compiler.hpp"

/// The `session` of a workload: pages that a visitor walks through. What is asked on average
/// follows from the visits that a session pays to each page: the solution v of v = e + P' v, where
/// e says where sessions begin and P where they go on (the fundamental matrix of an absorbing
/// Markov chain; J. Kemeny, J. Snell, "Finite Markov chains", 1960).

namespace rehearse::models {
namespace {

constexpr std::size_t kMostPages = 500;
constexpr double kMostRequests = 10'000;  // of a session, on average
constexpr double kRounding = 1e-6;        // in sums of shares

const FieldTable kPageFields{
    "page",
    "What a visitor asks for there, and where to go from it.",
    {{.name = "to", .type = FieldType::text, .doc = "The endpoint.", .required = true},
     {.name = "think",
      .type = FieldType::distribution,
      .doc = "Pause before the next page; that of the workload by default."},
     {.name = "next",
      .type = FieldType::named,
      .doc = "Shares of the pages that follow; the rest leaves.",
      .item = FieldType::ratio,
      .example = "{product: 60%, home: 10%}"}}};

const FieldTable kAfterFailureFields{
    "after_failure",
    "What people do where a page does not come; the others go on as if it had.",
    {{.name = "again",
      .type = FieldType::ratio,
      .doc = "Share that asks for the same page again.",
      .fallback = "0%",
      .min = 0,
      .max = 1},
     {.name = "leave",
      .type = FieldType::ratio,
      .doc = "Share that ends the session.",
      .fallback = "0%",
      .min = 0,
      .max = 1},
     {.name = "pause",
      .type = FieldType::distribution,
      .doc = "Before asking again; none by default."}}};

/// Cumulative shares, with the page that each leads to.
using Ways = std::vector<std::pair<double, std::uint32_t>>;

double share(const Ways& ways, std::size_t i) {
  return ways[i].first - (i > 0 ? ways[i - 1].first : 0);
}

/// Visits of a session to each page; empty where sessions would not end.
std::vector<double> visits(const SessionSpec& session) {
  const auto n = static_cast<Eigen::Index>(session.pages.size());
  Eigen::MatrixXd balance = Eigen::MatrixXd::Identity(n, n);
  Eigen::VectorXd enter = Eigen::VectorXd::Zero(n);
  for (std::size_t i = 0; i < session.enter.size(); ++i)
    enter(session.enter[i].second) += share(session.enter, i);
  for (Eigen::Index from = 0; from < n; ++from) {
    const Ways& next = session.pages[static_cast<std::size_t>(from)].next;
    for (std::size_t i = 0; i < next.size(); ++i) balance(next[i].second, from) -= share(next, i);
  }
  const Eigen::VectorXd solution = balance.fullPivLu().solve(enter);
  const bool ends = (balance * solution - enter).norm() < 1e-6 && solution.minCoeff() > -1e-6 &&
                    solution.sum() < kMostRequests;
  if (!ends || !std::isfinite(solution.sum())) return {};
  return {solution.data(), solution.data() + n};
}

}  // namespace

const FieldTable kSessionFields{
    "session",
    "A walk over pages: each arrival, or each user in turn, begins one.",
    {{.name = "enter",
      .type = FieldType::named,
      .doc = "Shares of the pages that sessions begin with; the first page by default.",
      .item = FieldType::ratio,
      .example = "{home: 70%, product: 30%}"},
     {.name = "pages",
      .type = FieldType::named,
      .doc = "By name.",
      .required = true,
      .child = &kPageFields},
     {.name = "after_failure",
      .type = FieldType::block,
      .doc = "What people do where a page does not come: on and on, by default.",
      .child = &kAfterFailureFields}}};

// Shares in per cent of `field`, which may add up to less than 100 % where `rest` is allowed.
std::vector<std::pair<double, std::uint32_t>> Compiler::read_ways(
    FieldReader& reader, std::string_view field, const std::vector<std::string_view>& pages,
    bool rest) {
  Ways ways;
  double sum = 0;
  for (const SpecEntry& entry : reader.entries(field)) {
    const Parsed<double> part = parse_ratio(entry.value.text);
    if (!entry.value.is_scalar() || !part.value || *part.value < 0 || *part.value > 1) {
      out_.error("bad-quantity", entry.value.mark,
                 part.problem.empty() ? "not a share from 0% to 100%" : part.problem,
                 fmt::format("write '{}: 40%'", entry.key));
      continue;
    }
    sum += *part.value;
    const auto page = std::find(pages.begin(), pages.end(), entry.key);
    if (page == pages.end()) {
      out_.error("unknown-page", entry.key_mark, fmt::format("no page is called '{}'", entry.key),
                 suggest(entry.key, pages));
      continue;
    }
    ways.emplace_back(sum, static_cast<std::uint32_t>(page - pages.begin()));
  }
  if (sum > 1 + kRounding || (!rest && std::abs(sum - 1) > kRounding))
    reader.error("bad-shares", field,
                 fmt::format("shares add up to {}, {}100%", format_ratio(sum),
                             rest ? "more than " : "not "));
  return ways;
}

void Compiler::read_pages(FieldReader& reader, WorkloadSpec& spec, const CallPattern& pattern) {
  SessionSpec& session = *spec.session;
  std::vector<std::string_view> names;
  for (const SpecEntry& entry : reader.entries("pages")) names.push_back(entry.key);
  if (names.empty() || names.size() > kMostPages)
    return reader.error(
        "out-of-range", "pages",
        fmt::format("a session has from 1 to {} pages, not {}", kMostPages, names.size()));
  for (const SpecEntry& entry : reader.entries("pages")) {
    FieldReader page(entry.value, kPageFields, out_,
                     fmt::format("page '{}' of '{}'", entry.key, spec.name));
    PageSpec read{entry.key, 0, session.think, read_ways(page, "next", names, true)};
    if (page.has("to")) read.start = emit_client(page.text("to"), page.mark("to"), spec, pattern);
    if (const SpecNode* think = page.node("think"))
      read.think = add_law(*think, spec.name + " " + entry.key, "think");
    session.pages.push_back(std::move(read));
  }
  session.enter = {{1.0, 0}};
  if (reader.has("enter")) session.enter = read_ways(reader, "enter", names, false);
}

void Compiler::read_session(const SpecNode& node, WorkloadSpec& spec, const SpecNode* think,
                            const CallPattern& pattern) {
  FieldReader reader(node, kSessionFields, out_, fmt::format("session of '{}'", spec.name));
  SessionSpec& session = spec.session.emplace();
  session.stream = add_stream(spec.name, "pages");
  if (think != nullptr) session.think = add_law(*think, spec.name, "think");
  read_pages(reader, spec, pattern);
  if (const SpecNode* failure = reader.node("after_failure")) {
    FieldReader after(*failure, kAfterFailureFields, out_, "after_failure of " + reader.what());
    session.again = after.ratio("again");
    session.leave = after.ratio("leave");
    if (session.again + session.leave > 1 + kRounding)
      after.error("bad-shares", "leave", "'again' and 'leave' add up to more than 100%");
    if (const SpecNode* pause = after.node("pause"))
      session.pause = add_law(*pause, spec.name, "pause");
  }
  if (out_.has_errors()) return;
  const std::vector<double> visited = visits(session);
  if (visited.empty())
    return reader.error("endless-session", "pages",
                        fmt::format("sessions of '{}' do not end", spec.name),
                        "what 'next' leaves of 100% ends a session; leave some, on each way round");
  // What is asked on average: the mix and pauses of a request, whatever session it belongs to.
  for (const double visit : visited) session.requests += visit;
  double sum = 0;
  for (std::size_t i = 0; i < visited.size(); ++i) {
    const PageSpec& page = session.pages[i];
    const double part = visited[i] / session.requests;
    if (page.think != kNone)
      session.mean_think += part * blueprint_.plans.laws[page.think].law.mean();
    sum += part;
    spec.mix.emplace_back(sum, page.start);
    if (visited[i] <= 0)
      reader.warning("never-visited", "pages",
                     fmt::format("no session comes to page '{}'", page.name));
  }
}

}  // namespace rehearse::models
