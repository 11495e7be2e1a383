#include "reports/terminal_series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "reports/diagnosis.hpp"
#include "reports/figures.hpp"
#include "reports/instances.hpp"
#include "reports/sparkline.hpp"
#include "reports/text.hpp"
#include "reports/wording.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kLeastWindows = 8;
constexpr int kLeastCells = 20;  // below that, words give way
constexpr int kMostCells = 60;

struct Row {
  std::string label;
  std::vector<double> values;  // of the windows that are shown
  std::string unit;
  std::optional<ColumnBound> bound;
};

double peak_of(const std::vector<double>& values) {
  double most = -1;
  for (const double v : values)
    if (std::isfinite(v)) most = std::max(most, v);
  return most;
}

class Rows {
 public:
  Rows(const RunResult& r, size_t first) : r_(r), first_(first) {}

  std::vector<Row> all() {
    objective();
    clients();
    station("utilization", &Series::utilization, "used", 0.01);
    station("queue_length", &Series::queue_length, "queue", 1);
    missing_instances();
    return std::move(rows_);
  }

 private:
  void add(std::string label, const std::vector<double>& values, const char* unit,
           std::optional<ColumnBound> bound = std::nullopt) {
    if (values.size() != r_.series_at.size()) return;
    Row row{std::move(label), {}, unit, bound};
    row.values.assign(values.begin() + static_cast<std::ptrdiff_t>(first_), values.end());
    if (peak_of(row.values) >= 0) rows_.push_back(std::move(row));
  }

  void objective() {
    const std::optional<Breach> breach = first_breach(r_);
    const ObjectiveResult* o = breach ? breach->objective : decisive_objective(r_);
    const std::optional<ColumnBound> bound = o ? column_bound(*o) : std::nullopt;
    const Series* s = bound ? r_.find_series(o->subject) : nullptr;
    if (!s) return;
    for (const SeriesColumn& column : series_columns())
      if (column.name == std::string_view(bound->column)) {
        add(fmt::format("{} {}", s->subject, column.name), s->*column.values, column.unit, bound);
        shown_ = s->subject + " " + column.name;
      }
  }

  /// The clients that ask for most.
  void clients() {
    const Series* top = nullptr;
    for (const Series& s : r_.series)
      if (s.kind == "workload" && (!top || peak_of(s.throughput) > peak_of(top->throughput)))
        top = &s;
    if (!top) return;
    if (shown_ != top->subject + " throughput")
      add(top->subject + " throughput", top->throughput, "1/s");
    if (peak_of(top->error_ratio) > 0 && shown_ != top->subject + " error_ratio")
      add(top->subject + " errors", top->error_ratio, "ratio");
  }

  /// The part with the highest peak, where that is worth a line.
  void station(const char* column, std::vector<double> Series::*values, const char* word,
               double least) {
    const Series* top = nullptr;
    for (const Series& s : r_.series) {
      if (s.kind != "service" && s.kind != "database" && s.kind != "queue" && s.kind != "shard")
        continue;
      if (!top || peak_of(s.*values) > peak_of(top->*values)) top = &s;
    }
    if (!top || peak_of(top->*values) < least || shown_ == top->subject + " " + column) return;
    add(top->subject + " " + word, top->*values,
        std::string_view(column) == "utilization" ? "ratio" : "1");
  }

  /// Of the service that misses the largest share of its instances.
  void missing_instances() {
    const double known = instances_known_until(r_);
    std::vector<double> worst;
    std::string name;
    double least = 1;
    for (const InstanceHistory& h : instance_histories(r_)) {
      std::vector<double> ready;
      double share = 1;
      for (const double at : r_.series_at) {
        const double instant = std::min(at + r_.series_interval, r_.horizon) - 1e-9;
        ready.push_back(instant <= known ? h.available(instant)
                                         : std::numeric_limits<double>::quiet_NaN());
        if (instant <= known)
          share = std::min(share, ready.back() / static_cast<double>(h.instances.size()));
      }
      if (share >= least) continue;
      least = share;
      worst = std::move(ready);
      name = h.subject;
    }
    if (!name.empty()) add(name + " instances", worst, "1");
  }

  const RunResult& r_;
  size_t first_;
  std::vector<Row> rows_;
  std::string shown_;  // by objective()
};

/// "peak 231 ms at 12 min", "low 120/s at 3 min", or the value where there is but one. `detail`: 2
/// all of it, 1 without the instant, 0 nothing.
std::string extreme_text(const RunResult& r, const Row& row, size_t first, int detail) {
  if (detail == 0) return "";
  const double extreme = extremes(row.values, 1).front();
  const double low = *std::min_element(
      row.values.begin(), row.values.end(),
      [](double a, double b) { return std::isfinite(a) && (!std::isfinite(b) || a < b); });
  if (peak_of(row.values) == low) return format_figure(low, row.unit, 3);
  const auto found = std::find(row.values.begin(), row.values.end(), extreme);
  const auto window = first + static_cast<size_t>(found - row.values.begin());
  const std::string text =
      fmt::format("{} {}", extreme > low ? "peak" : "low", format_figure(extreme, row.unit, 3));
  return detail == 1 ? text : text + " at " + format_span(r.series_at[window]);
}

bool beyond(const ColumnBound& bound, double value) {
  return bound.upper ? value > bound.value : value < bound.value;
}

/// Cells beyond the bound of the objective in red, a run at a time.
std::string painted(const Page& page, const Row& row, size_t cells) {
  const std::vector<double> values = extremes(row.values, cells);
  const double top = std::max(peak_of(values), row.bound ? row.bound->value : 0.0);
  const std::vector<std::string> bars = spark_cells(values, top, page.ascii());
  std::string out, run;
  bool red = false;
  for (size_t i = 0; i < bars.size(); ++i) {
    const bool now = row.bound && std::isfinite(values[i]) && beyond(*row.bound, values[i]);
    if (now != red) {
      out += page.paint(red ? Color::red : Color::none, run);
      run.clear();
      red = now;
    }
    run += bars[i];
  }
  return out + page.paint(red ? Color::red : Color::none, run);
}

/// The time axis below: where the first cell begins and the last one ends.
std::string axis(const RunResult& r, double from, int cells) {
  const std::string left = format_span(from), right = format_span(r.horizon);
  const int gap = cells - display_width(left) - display_width(right);
  return gap < 1 ? left : left + std::string(static_cast<size_t>(gap), ' ') + right;
}

void faults(Page& page, const RunResult& r, double from, size_t cells, int label) {
  const double each = (r.horizon - from) / static_cast<double>(cells);
  std::string marks;
  std::vector<std::string> names;
  for (const FaultResult& f : r.faults)
    if (f.trials > 0) names.push_back(f.id);
  if (names.empty()) return;
  for (size_t i = 0; i < cells; ++i) {
    const double begin = from + static_cast<double>(i) * each;
    const bool active = std::any_of(r.faults.begin(), r.faults.end(), [&](const FaultResult& f) {
      const double end = std::isfinite(f.ended) ? f.ended : r.horizon;
      return f.trials > 0 && f.began < begin + each && std::max(end, f.began + 1e-9) > begin;
    });
    marks += active ? (page.ascii() ? "x" : "▔") : " ";
  }
  const int left = page.width() - label - 4 - static_cast<int>(cells);
  page.line(pad_right("faults", label) + "  " + page.paint(Color::yellow, marks) + "  " +
            page.shorten(page.plain(fmt::format("{}", fmt::join(names, ", "))), left));
}

}  // namespace

void write_over_time(Page& page, const RunResult& r) {
  size_t first = 0;
  while (first < r.series_at.size() && r.series_at[first] < r.warmup - 1e-9) ++first;
  if (r.series_at.size() < first + kLeastWindows) return;
  const std::vector<Row> rows = Rows(r, first).all();
  if (rows.empty()) return;
  int label = 6, room = 0;
  for (const Row& row : rows) label = std::max(label, display_width(page.plain(row.label)));
  label = std::min(label, page.width() / 3);
  std::vector<std::string> told;
  for (int detail = 2; detail >= 0 && room < kLeastCells; --detail) {
    int text = 0;
    told.clear();
    for (const Row& row : rows) {
      told.push_back(page.plain(extreme_text(r, row, first, detail)));
      text = std::max(text, display_width(told.back()));
    }
    room = std::min(page.width() - label - text - 4, kMostCells);
  }
  const size_t cells = std::min(static_cast<size_t>(room), r.series_at.size() - first);
  page.line("");
  for (size_t i = 0; i < rows.size(); ++i)
    page.line(pad_right(page.shorten(page.plain(rows[i].label), label), label) + "  " +
              painted(page, rows[i], cells) + "  " + told[i]);
  const double from = r.series_at[first];
  faults(page, r, from, cells, label);
  page.line(pad_right("", label) + "  " +
            page.paint(Color::dim, page.plain(axis(r, from, static_cast<int>(cells)))));
}

}  // namespace rehearse::reports
