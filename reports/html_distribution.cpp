#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/html_plot.hpp"
#include "reports/markup.hpp"

namespace rehearse::reports {
namespace {

constexpr int kMostBars = 64;

/// Requests per bar of equal width on a log axis. Bins are spread over the bars they overlap.
struct Histogram {
  Axis axis;
  std::vector<double> left, right, share;  // places and shares per bar
  double total = 0;
};

struct Bin {
  double low, high, count;
};

std::vector<Bin> bins_of(const SubjectResult& s) {
  std::vector<Bin> bins;
  double previous = 0;
  for (const auto& [upper, count] : s.distribution) {
    // Only non-empty bins are kept; the widest of the 8 in an octave is an eighth above its start.
    const double low = std::max(previous, upper * (8.0 / 9.0));
    previous = upper;
    if (count > 0 && std::isfinite(upper) && upper >= 1e-12)
      bins.push_back({low, upper, static_cast<double>(count)});
  }
  return bins;
}

/// A handful of very fast requests would take half of a log axis: the fastest 0.1 % share its first
/// bar.
double low_end(const std::vector<Bin>& bins, double total) {
  double seen = 0;
  for (const Bin& bin : bins) {
    seen += bin.count;
    if (seen > 0.001 * total) return bin.low;
  }
  return bins.front().low;
}

std::optional<Histogram> histogram_of(const SubjectResult& s) {
  const std::vector<Bin> bins = bins_of(s);
  if (bins.empty()) return std::nullopt;
  Histogram h;
  for (const Bin& bin : bins) h.total += bin.count;
  h.axis = log_axis(low_end(bins, h.total), bins.back().high);
  const double octaves = std::log2(h.axis.high / h.axis.low);
  const int bars = std::clamp(static_cast<int>(octaves * 6), 8, kMostBars);
  for (int i = 0; i < bars; ++i) {
    h.left.push_back(static_cast<double>(i) / bars);
    h.right.push_back(static_cast<double>(i + 1) / bars);
    h.share.push_back(0);
  }
  for (const auto& [low, high, count] : bins) {
    const double a = h.axis.place(low) * bars, b = std::max(h.axis.place(high) * bars, a + 1e-9);
    for (int i = std::min(static_cast<int>(a), bars - 1); i < bars && i < b; ++i) {
      const double part = std::max(0.0, std::min(b, i + 1.0) - std::max(a, i * 1.0)) / (b - a);
      h.share[static_cast<size_t>(i)] += part * count / h.total;
    }
  }
  return h;
}

std::string distribution_marks(const SubjectResult& s, const Histogram& h, std::string& labels) {
  constexpr std::array<std::pair<const char*, const char*>, 3> kMarks = {
      {{"p50", "p50"}, {"p95", "p95"}, {"p99", "p99"}}};
  std::string lines;
  for (size_t row = 0; row < kMarks.size(); ++row) {
    const auto& [metric, color] = kMarks[row];
    const Estimate* e = s.find(metric);
    if (!e) continue;
    const double at = h.axis.place(*e->value);
    lines += fmt::format("<line class=mark style=\"--c:var(--{0})\" x1={1} x2={1} y1=0 y2=1000 />",
                         color, std::lround(at * 1000));
    labels +=
        fmt::format("<span{} style=\"left:{};top:{:.2f}rem;--c:var(--{})\">{} {}</span>",
                    at < 0.2 ? " class=right" : (at > 0.8 ? " class=left" : ""), percent(at),
                    1.05 * static_cast<double>(row), color, metric, markup(figure(*e).text()));
  }
  return lines;
}

std::string distribution_table(const Histogram& h) {
  std::string out =
      "<details class=table><summary class=muted>This chart as a table</summary><div class=data "
      "tabindex=0 role=region aria-label=\"Distribution of response times\"><table><thead><tr><th "
      "scope=col>up to<th scope=col>requests</thead><tbody>\n";
  for (size_t i = 0; i < h.share.size(); ++i) {
    if (h.share[i] <= 0) continue;
    const double upper = h.axis.low * std::pow(h.axis.high / h.axis.low, h.right[i]);
    out += fmt::format("<tr><th>{}<td>{}", markup(format_figure(upper, "s", 3)),
                       markup(format_figure(h.share[i], "ratio", 3)));
  }
  return out + "</tbody></table></div></details>\n";
}

}  // namespace

std::string html_distribution(const RunResult& r, const Series& s, const SubjectResult& subject) {
  const std::optional<Histogram> h = histogram_of(subject);
  if (!h) return "";
  const double top = *std::max_element(h->share.begin(), h->share.end());
  const Axis heights = linear_axis(top * 1.02, 3);
  Axis ticks = h->axis;
  thin_ticks(ticks, 6);
  std::string labels, tags;
  std::string marks = distribution_marks(subject, *h, labels);
  for (const Bound& b : bounds_of(r, s, Quantity::response_time)) {
    if (b.during || b.value < h->axis.low || b.value > h->axis.high) continue;
    const double at = h->axis.place(b.value);
    marks += bound_line(b.verdict, at, 0, at, 1);
    tags += fmt::format("<span class=\"tag {}\" style=\"top:3px;{};color:var(--v)\">{}</span>",
                        verdict_name(b.verdict),
                        at > 0.5 ? "right:" + percent(1 - at) : "left:" + percent(at),
                        markup(b.label, 60));
  }
  std::string out = fmt::format(
      "<figure class=chart><figcaption><b>Distribution of response times</b><span class=muted>log "
      "scale, all trials{}</span></figcaption><div class=plot role=img "
      "aria-label=\"Distribution of response times of {} requests\" "
      "style=\"--h:190px;--c:var(--bars)\">{}{}",
      r.warmup > 0 ? ", warm-up cut" : "",
      format_count(static_cast<std::uint64_t>(std::min(h->total, 1e19))),
      y_labels(heights, "ratio"), kPlotOpen);
  out += grid_lines(heights);
  out += "<path class=b d=\"" + bars_path(h->left, h->right, h->share, heights) + "\"/>";
  out += marks + "</svg>" + tags + "</div>" + x_labels(ticks, false);
  return out + "<div class=marks>" + labels + "</div></figure>\n" + distribution_table(*h);
}

std::string html_outcomes(const SubjectResult& s) {
  double total = 0;
  for (const auto& [name, mean] : s.outcomes)
    if (std::isfinite(mean) && mean > 0) total += mean;
  if (total <= 0) return "";
  constexpr std::array<std::pair<const char*, const char*>, 3> kColors = {
      {{"ok", "holds"}, {"timeout", "undecided"}, {"error", "fails"}}};
  std::string bar, legend;
  for (const auto& [name, mean] : s.outcomes) {
    if (!std::isfinite(mean) || mean <= 0) continue;
    const auto* known = std::find_if(kColors.begin(), kColors.end(),
                                     [&n = name](const auto& c) { return n == c.first; });
    const char* color = known == kColors.end() ? "inconclusive" : known->second;
    bar += fmt::format("<i style=\"--c:var(--{});width:{}\"></i>", color, percent(mean / total));
    legend += fmt::format("<span style=\"--c:var(--{})\"><i></i> {} {}</span>", color,
                          html_name(name), markup(format_figure(mean / total, "ratio", 3)));
  }
  return "<div class=outcomes><h3>Outcomes of requests</h3><div class=stack "
         "aria-hidden=true>" +
         bar + "</div><div class=legend>" + legend + "</div></div>\n";
}

}  // namespace rehearse::reports
