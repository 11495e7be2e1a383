#include "reports/html_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/figures.hpp"
#include "reports/markup.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kMostWindows = 400;

std::vector<double> merge_values(const std::vector<double>& values, size_t merged, bool worst) {
  if (merged == 1) return values;
  std::vector<double> out;
  for (size_t i = 0; i < values.size(); i += merged) {
    double sum = 0, top = -1, n = 0;
    for (size_t k = i; k < std::min(i + merged, values.size()); ++k) {
      if (!std::isfinite(values[k])) continue;
      sum += values[k];
      top = std::max(top, values[k]);
      ++n;
    }
    out.push_back(n == 0 ? std::nan("") : worst ? top : sum / n);
  }
  return out;
}

}  // namespace

Windows merge_windows(const RunResult& r) {
  Windows out;
  out.merged = (r.series_at.size() + kMostWindows - 1) / kMostWindows;
  out.merged = std::max<size_t>(out.merged, 1);
  out.interval = r.series_interval * static_cast<double>(out.merged);
  for (size_t i = 0; i < r.series_at.size(); i += out.merged) out.at.push_back(r.series_at[i]);
  return out;
}

Series merge_series(const Series& s, const Windows& windows) {
  Series out{s.subject, s.kind, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  for (const SeriesColumn& column : series_columns()) {
    out.*column.values =
        merge_values(s.*column.values, windows.merged, std::string_view(column.unit) == "s");
    if ((out.*column.values).size() != windows.at.size()) (out.*column.values).clear();
  }
  return out;
}

const std::vector<double>* values_of(const Series& s, std::string_view name) {
  for (const SeriesColumn& column : series_columns())
    if (name == column.name) {
      const std::vector<double>& values = s.*column.values;
      const bool any =
          std::any_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
      return any ? &values : nullptr;
    }
  return nullptr;
}

std::vector<Bound> bounds_of(const RunResult& r, const Series& s, Quantity quantity) {
  std::vector<Bound> out;
  for (const ObjectiveResult& o : r.objectives) {
    if (o.subject != s.subject || o.window > 0 || out.size() >= 3) continue;
    const std::string metric = o.metric.substr(0, o.metric.find('('));
    const bool availability = metric == "availability";
    const bool wanted = quantity == Quantity::response_time
                            ? o.estimate.unit == "s" && metric.find("wait") == metric.npos
                        : quantity == Quantity::rate   ? o.estimate.unit == "1/s"
                        : quantity == Quantity::errors ? availability || metric == "error_rate"
                                                       : metric == "utilization";
    if (!wanted) continue;
    const double value = availability ? 1 - o.bound : o.bound;
    out.push_back({value,
                   fmt::format("{} {} {}", availability ? "error" : metric,
                               availability || o.op.starts_with('<') ? "limit" : "floor",
                               format_figure(value, o.estimate.unit, 6)),
                   o.verdict, o.during});
  }
  return out;
}

void thin_ticks(Axis& axis, size_t most) {
  if (axis.ticks.size() <= most) return;
  std::vector<double> powers;
  for (const double t : axis.ticks) {
    const double exponent = std::log10(t);
    if (t > 0 && std::abs(exponent - std::round(exponent)) < 1e-6) powers.push_back(t);
  }
  if (axis.log && powers.size() >= 2 && powers.size() <= most) {
    axis.ticks = powers;
    return;
  }
  const size_t every = (axis.ticks.size() + most - 1) / most;
  std::vector<double> kept;
  for (size_t i = 0; i < axis.ticks.size(); i += every) kept.push_back(axis.ticks[i]);
  axis.ticks = kept;
}

std::string grid_lines(const Axis& axis) {
  std::string out;
  for (const double tick : axis.ticks) {
    const auto y = std::lround((1 - axis.place(tick)) * 1000);
    out += fmt::format("<line class=\"{}\" x1=0 x2=1000 y1={} y2={} />",
                       y >= 1000 ? "base" : "grid", y, y);
  }
  return out;
}

std::string y_labels(const Axis& axis, std::string_view unit) {
  std::string out = "<div class=ys aria-hidden=true>";
  for (const double tick : axis.ticks)
    out += fmt::format("<span style=\"top:{}\">{}</span>", percent(1 - axis.place(tick)),
                       tick == 0 ? "0" : markup(format_figure(tick, unit, 3)));
  return out + "</div>";
}

std::string x_labels(const Axis& axis, bool time) {
  std::string out = fmt::format("<div class=\"xs{}\" aria-hidden=true>", time ? " t" : "");
  for (const double tick : axis.ticks) {
    const double at = axis.place(tick);
    out += fmt::format("<span{} style=\"left:{}\">{}</span>",
                       at < 0.03 ? " class=start" : (at > 0.97 ? " class=end" : ""), percent(at),
                       time ? time_label(tick) : markup(format_figure(tick, "s", 3)));
  }
  return out + "</div>\n";
}

std::string bound_line(Verdict verdict, double x1, double y1, double x2, double y2) {
  const auto units = [](double place) { return std::lround(std::clamp(place, 0.0, 1.0) * 1000); };
  return fmt::format("<line class=\"bound {}\" x1={} x2={} y1={} y2={} />", verdict_name(verdict),
                     units(x1), units(x2), units(y1), units(y2));
}

}  // namespace rehearse::reports
