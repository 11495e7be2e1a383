#include "reports/analysis_terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/figures.hpp"
#include "reports/terminal_page.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kMostLines = 40;  // of a table
constexpr size_t kMostPaths = 10;
constexpr size_t kMostHops = 8;   // of a path
constexpr size_t kMostNames = 3;  // in a cell
constexpr size_t kMostLints = 10;
constexpr double kBusy = 0.9;         // as the lint high-utilization
constexpr double kUnlike = 1.005;     // loads that are told apart
constexpr double kLeastShare = 5e-4;  // of a hop that is worth a line

using Rows = std::vector<std::vector<Cell>>;

std::string ratio(double value) {
  return format_figure(value, "ratio", 3);
}

std::string rate(double value) {
  return format_figure(value, "1/s", 3);
}

std::string growth(double factor, bool at_most = false) {
  if (!std::isfinite(factor)) return "";
  return (at_most ? "≤ " : "") + format_figure(factor, "1", 3) + "x";
}

// Of a whole: one digit behind the point says enough.
std::string part(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

Color color_of(double load) {
  if (load >= 1) return Color::red;
  return load > kBusy ? Color::yellow : Color::none;
}

Cell load_cell(double load) {
  return {ratio(load), color_of(load)};
}

std::string limit(const StationAnalysis& s) {
  if (s.resource.empty()) return "no limit";
  std::string name = s.resource;
  if (s.capacity == 1) name.pop_back();
  return format_figure(s.capacity, "1", 4) + " " + name;
}

// "a 12 %, b 3 %, and 2 more".
std::string listed(const std::vector<std::pair<std::string, double>>& shares) {
  std::string out;
  for (size_t i = 0; i < std::min(shares.size(), kMostNames); ++i)
    out += (i > 0 ? ", " : "") + shares[i].first + " " + ratio(shares[i].second);
  if (shares.size() > kMostNames) out += fmt::format(", and {} more", shares.size() - kMostNames);
  return out;
}

class Sheet {
 public:
  Sheet(const Analysis& analysis, const TerminalOptions& options) : a_(analysis), page_(options) {}
  std::string render();

 private:
  void stations();
  void stress();
  void clients();
  void caches();
  void paths();
  void add_path(Rows& rows, const PathAnalysis& path) const;
  void impacts();
  void availability();
  void lints();
  /// A table below an empty line; what is too much for one is counted.
  void table(const std::vector<Column>& columns, Rows rows);
  Cell name(const std::string& text) const { return {page_.plain(text)}; }
  Cell text(const std::string& words) const { return {page_.plain(words)}; }

  const Analysis& a_;
  Page page_;
};

void Sheet::table(const std::vector<Column>& columns, Rows rows) {
  if (rows.empty()) return;
  const size_t left_out = rows.size() > kMostLines ? rows.size() - kMostLines : 0;
  rows.resize(rows.size() - left_out);
  page_.line("");
  page_.table(columns, rows);
  if (left_out > 0) page_.paragraph(fmt::format("and {} more with --json", left_out));
}

void Sheet::stations() {
  Rows rows;
  for (const StationAnalysis& s : a_.stations) {
    const bool limited = s.capacity > 0;
    rows.push_back({name(s.name), text(rate(s.rate_mean)),
                    text(format_figure(s.offered_load, "1", 3)),
                    limited ? load_cell(s.saturation_mean) : Cell{},
                    limited && !a_.stationary ? load_cell(s.saturation_peak) : Cell{},
                    text(limit(s)), text(growth(s.growth, s.at_most))});
  }
  table({{"station", false, 18},
         {"arrivals", true, 0, 2},
         {"load", true, 0, 3},
         {"used", true},
         {"at peak", true},
         {"limit", false, 10, 4},
         {"can grow", true}},
        std::move(rows));
}

void Sheet::stress() {
  Rows rows;
  for (const StationAnalysis& s : a_.stations) {
    const double usual = s.saturation_peak;
    const double zone = s.saturation_zone_lost.value_or(0);
    const auto cell = [&](double load) {
      return load > usual * kUnlike ? load_cell(load) : Cell{};
    };
    if (s.capacity <= 0 ||
        std::max({s.saturation_retried, s.saturation_cold, zone}) <= usual * kUnlike)
      continue;
    rows.push_back({name(s.name), load_cell(usual), cell(s.saturation_retried),
                    cell(s.saturation_cold), cell(zone)});
  }
  table({{"used at the peak", false, 18},
         {"as usual", true},
         {"all retries", true},
         {"empty caches", true},
         {"a zone lost", true}},
        std::move(rows));
}

void Sheet::clients() {
  Rows rows;
  for (const ClientAnalysis& c : a_.clients) {
    const bool grows = std::isfinite(c.growth);
    rows.push_back({name(c.name), text((c.closed ? "≤ " : "") + rate(c.rate_mean)),
                    text(a_.stationary ? "" : (c.closed ? "≤ " : "") + rate(c.rate_peak)),
                    text(c.failure > 0 ? ratio(c.failure) : ""), text(growth(c.growth)),
                    text(grows ? rate(c.rate_full) : ""), name(c.bottleneck)});
  }
  table({{"client", false, 14},
         {"asks for", true},
         {"at peak", true},
         {"fail", true, 0, 3},
         {"alone to", true},
         {"that is", true, 0, 2},
         {"when this is full", false, 14}},
        std::move(rows));
}

void Sheet::caches() {
  Rows rows;
  for (const CacheAnalysis& c : a_.caches)
    rows.push_back(
        {name(c.name), text(rate(c.rate)), text(ratio(c.hit_ratio)), text(rate(c.misses))});
  table({{"cache", false, 18}, {"look-ups", true}, {"hits", true}, {"misses", true}},
        std::move(rows));
}

void Sheet::add_path(Rows& rows, const PathAnalysis& path) const {
  std::string title = path.client + " > " + path.endpoint;
  if (path.share < 1) title += " (" + part(path.share) + " of its requests)";
  rows.push_back({{page_.plain(title), Color::bold},
                  {page_.plain(format_figure(path.duration, "s", 3)), Color::bold},
                  {}});
  // A request that never leaves the endpoint needs no list.
  if (path.hops.size() == 1 && path.network <= 0) return;
  size_t shown = 0;
  double rest = 0;
  const auto add = [&](const std::string& label, double time) {
    rows.push_back({text(label), text(format_figure(time, "s", 3)),
                    text(part(path.duration > 0 ? time / path.duration : 0))});
  };
  for (const PathHop& hop : path.hops) {
    if (hop.share < kLeastShare || shown == kMostHops) {
      rest += hop.time;
      continue;
    }
    ++shown;
    const int depth = std::min(hop.depth, 8);
    add(std::string(static_cast<size_t>(2 * depth + 2), ' ') + hop.endpoint, hop.time);
  }
  if (path.duration > 0 && path.network / path.duration >= kLeastShare)
    add("  (network)", path.network);
  if (path.duration > 0 && rest / path.duration >= kLeastShare) add("  (others)", rest);
}

void Sheet::paths() {
  Rows rows;
  size_t shown = 0;
  size_t left_out = 0;
  for (const PathAnalysis& path : a_.paths) {
    if (path.duration <= 0) continue;
    if (shown == kMostPaths || rows.size() + kMostHops + 3 > kMostLines) {
      ++left_out;
      continue;
    }
    ++shown;
    add_path(rows, path);
  }
  table({{"where the time goes", false, 24}, {"mean", true}, {"share", true}}, std::move(rows));
  if (left_out > 0) page_.paragraph(fmt::format("and {} more requests with --json", left_out));
}

void Sheet::impacts() {
  Rows rows;
  const bool several = a_.clients.size() > 1;
  for (const ImpactAnalysis& i : a_.impacts) {
    const Color color = i.clients > 0 ? Color::none : Color::dim;
    std::vector<std::pair<std::string, double>> hit = i.endpoints;
    if (several) {
      hit.clear();
      for (const auto& one : i.workloads)
        if (one.second > 0) hit.push_back(one);
    }
    rows.push_back({{page_.plain(i.name), color},
                    {i.kind, color},
                    {page_.plain(ratio(i.clients)), color},
                    {page_.plain(listed(hit)), color},
                    {page_.plain(listed(i.overloads)), Color::red},
                    text(i.availability ? format_figure(*i.availability, "ratio", 4) : ""),
                    text(i.availability ? format_figure(i.gain, "ratio", 2) : "")});
  }
  table({{"while down", false, 12},
         {"kind", false, 0, 5},
         {"fail", true},
         {several ? "of which clients" : "of which requests", false, 12, 3, true},
         {"overloads", false, 12, 0, true},
         {"is up", true},
         {"costs", true}},
        std::move(rows));
}

void Sheet::availability() {
  if (a_.availabilities.empty()) {
    page_.line("");
    page_.paragraph(
        "for the availability that clients see, say how often each part is up: --availability "
        "NAME=99.9%, repeatable",
        Color::dim);
    return;
  }
  Rows rows;
  constexpr double kMonth = 30 * 86400;
  for (const AvailabilityAnalysis& one : a_.availabilities) {
    std::string share = format_figure(one.low, "ratio", 5);
    if (one.high - one.low > 1e-9) share = "≥ " + share;
    const double down = (1 - one.low) * kMonth;
    rows.push_back({name(one.name), text(one.kind), text(share),
                    text(down < 1 ? "none" : format_span(std::round(down)))});
  }
  table({{"availability", false, 18}, {"of", false, 0, 2}, {"is", true}, {"down in 30 days", true}},
        std::move(rows));
}

void Sheet::lints() {
  if (a_.lints.empty()) return;
  page_.line("");
  for (size_t i = 0; i < std::min(a_.lints.size(), kMostLints); ++i) {
    const LintAnalysis& lint = a_.lints[i];
    page_.paragraph(
        page_.shorten(page_.plain(fmt::format("warning: {} [{}]", lint.message, lint.id)), 400),
        Color::yellow);
  }
  if (a_.lints.size() > kMostLints)
    page_.paragraph(fmt::format("and {} more warnings", a_.lints.size() - kMostLints));
}

std::string Sheet::render() {
  page_.line(page_.paint(Color::bold, page_.shorten(page_.plain(a_.scenario_name), page_.width())));
  page_.paragraph(
      "closed forms, nothing is simulated: mean times without queues, steady state, instances as "
      "in "
      "the beginning",
      Color::dim);
  stations();
  stress();
  clients();
  caches();
  paths();
  impacts();
  availability();
  lints();
  page_.line("");
  const bool overloaded = a_.overloaded();
  page_.paragraph(page_.shorten(page_.plain(analysis_sentence(a_)), 480),
                  overloaded ? Color::red : Color::green);
  return page_.take();
}

const StationAnalysis* most_overloaded(const Analysis& a) {
  const StationAnalysis* worst = nullptr;
  for (const StationAnalysis& s : a.stations)
    if (s.overloaded() &&
        (worst == nullptr || s.open_saturation_peak > worst->open_saturation_peak))
      worst = &s;
  return worst;
}

}  // namespace

std::string analysis_sentence(const Analysis& a) {
  if (const StationAnalysis* worst = most_overloaded(a)) {
    const bool always = worst->open_saturation_mean >= 1;
    const auto others = std::count_if(a.stations.begin(), a.stations.end(),
                                      [](const auto& s) { return s.overloaded(); }) -
                        1;
    return fmt::format(
        "overloaded: {} is asked for {} of its {}{}{}", worst->name,
        ratio(always ? worst->open_saturation_mean : worst->open_saturation_peak), limit(*worst),
        always ? "" : " at the peak",
        others > 0 ? fmt::format(" (and {} more {})", others, others == 1 ? "station" : "stations")
                   : "");
  }
  const StationAnalysis* first = a.find(a.bottleneck);
  if (first == nullptr) return "nothing here has a limit: any traffic is carried";
  std::string traffic = growth(a.growth) + " the traffic of all clients";
  if (a.clients.size() == 1) {
    const ClientAnalysis& only = a.clients.front();
    traffic = fmt::format("{} the traffic of {}, {}{}", growth(a.growth), only.name,
                          rate(only.rate_peak * a.growth),
                          only.closed ? " of users that never wait" : "");
  }
  return fmt::format("bottleneck: {}, whose {} {} full at {}{}", first->name, limit(*first),
                     first->capacity == 1 ? "is" : "are", traffic,
                     first->at_most ? ", or earlier" : "");
}

std::string render_terminal(const Analysis& analysis, const TerminalOptions& options) {
  return Sheet(analysis, options).render();
}

}  // namespace rehearse::reports
