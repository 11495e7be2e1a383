#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/markup.hpp"

/// Where the time of a request goes: an icicle per kind of request. Each row of boxes is a depth of
/// the call graph; the width of a box is the share of the mean response time for which the answer
/// waited at this place or below it.

namespace rehearse::reports {
namespace {

constexpr size_t kMostRequests = 12;
constexpr size_t kMostDepth = 24;
constexpr double kThinnest = 0.002;  // share of the width below which a box is no more than a line

/// A frame of the stacks of one kind of request.
struct Frame {
  std::string name;
  std::string phase;  ///< of its own time
  double own = 0;     ///< share
  double all = 0;
  std::map<std::string, std::unique_ptr<Frame>> below;
};

void add(Frame& root, const TimeSpent& t) {
  Frame* frame = &root;
  root.all += t.share;
  std::string_view rest = t.stack;
  const size_t first = rest.find(';');  // the root itself
  rest.remove_prefix(first == rest.npos ? rest.size() : first + 1);
  for (size_t depth = 0; !rest.empty() && depth < kMostDepth; ++depth) {
    const size_t end = std::min(rest.find(';'), rest.size());
    std::unique_ptr<Frame>& next = frame->below[std::string(rest.substr(0, end))];
    if (!next) next = std::make_unique<Frame>();
    next->name = rest.substr(0, end);
    next->all += t.share;
    frame = next.get();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  frame->own += t.share;
  frame->phase = t.phase;
}

/// Largest first: the eye begins at the left.
std::vector<const Frame*> in_order(const Frame& frame) {
  std::vector<const Frame*> out;
  for (const auto& [name, child] : frame.below) out.push_back(child.get());
  std::stable_sort(out.begin(), out.end(),
                   [](const Frame* a, const Frame* b) { return a->all > b->all; });
  return out;
}

std::string width(double share) {
  return fmt::format("{:.2f}%", std::clamp(share, 0.0, 1.0) * 100);
}

std::string box(const Frame& frame, double within, double mean, const std::string& inner) {
  const std::string share = format_figure(frame.all, "ratio", 3);
  const std::string time = format_figure(frame.all * mean, "s", 3);
  const bool leaf = frame.below.empty();
  return fmt::format(
      "<li style=\"width:{}\"><span class=\"box {}\" title=\"{}: {}, {}\">{} "
      "<small>{}</small></span>{}</li>",
      width(within), leaf ? markup(frame.phase, 20) : "frame", markup(frame.name, 120),
      markup(share), markup(time), html_name(frame.name), markup(share), inner);
}

std::string boxes(const Frame& frame, double mean) {
  std::string out;
  for (const Frame* child : in_order(frame)) {
    if (frame.all <= 0 || child->all / frame.all < kThinnest) continue;
    out += box(*child, child->all / frame.all, mean, boxes(*child, mean));
  }
  return out.empty() ? out : "<ul>" + out + "</ul>";
}

struct Request {
  std::string name;
  std::uint64_t count = 0;
  double mean = 0;
  std::vector<const TimeSpent*> rows;
};

std::vector<Request> requests_of(const RunResult& r) {
  std::vector<Request> out;
  for (const TimeSpent& t : r.time_spent) {
    if (out.empty() || out.back().name != t.request) out.push_back({t.request, t.requests, 0, {}});
    out.back().mean += t.mean;
    out.back().rows.push_back(&t);
  }
  std::stable_sort(out.begin(), out.end(), [](const Request& a, const Request& b) {
    return a.mean * static_cast<double>(a.count) > b.mean * static_cast<double>(b.count);
  });
  return out;
}

std::string rows_table(const Request& request) {
  std::vector<const TimeSpent*> rows = request.rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto* a, const auto* b) { return a->share > b->share; });
  std::string out =
      "<details class=table><summary class=muted>As a table</summary><div class=data tabindex=0 "
      "role=region aria-label=\"Where the time goes\"><table><thead><tr><th scope=col>at<th "
      "scope=col>phase<th scope=col>mean<th scope=col>share</thead><tbody>\n";
  for (const TimeSpent* t : rows)
    out += fmt::format("<tr><th scope=row>{}<td>{}<td>{}<td>{}\n", html_name(t->hop),
                       markup(t->phase, 20), markup(format_figure(t->mean, "s", 3)),
                       markup(format_figure(t->share, "ratio", 3)));
  return out + "</tbody></table></div></details>\n";
}

std::string icicle(const Request& request) {
  Frame root;
  for (const TimeSpent* t : request.rows) add(root, *t);
  root.all = std::max(root.all, 1e-12);
  return fmt::format(
      "<figure class=icicle><figcaption><b>{}</b> <span class=muted>{} on average, of {} {} that "
      "{} followed</span></figcaption><div class=boxes>{}</div>{}</figure>\n",
      html_name(request.name), markup(format_figure(request.mean, "s", 3)),
      format_count(request.count), request.count == 1 ? "request" : "requests",
      request.count == 1 ? "was" : "were", boxes(root, request.mean), rows_table(request));
}

}  // namespace

std::string html_time_spent(const RunResult& r) {
  if (r.time_spent.empty()) return "";
  const std::vector<Request> requests = requests_of(r);
  std::string out =
      "<section id=spent aria-labelledby=h-spent><h2 id=h-spent>Where the time of a request "
      "goes</h2>\n<p class=muted>What answers waited for, hop by hop from the client down: "
      "critical "
      "paths of requests of the first trial. The width of a box is its share of the mean.</p>\n<p "
      "class=legend>";
  for (const char* phase : {"work", "queue", "network", "back-off", "lost", "client"})
    out += fmt::format("<span><i class=\"box {0}\"></i>{0}</span> ", phase);
  out += "</p>\n";
  for (size_t i = 0; i < std::min(requests.size(), kMostRequests); ++i) {
    if (i == 2) out += "<details class=fold><summary>More kinds of requests</summary>\n";
    out += icicle(requests[i]);
  }
  if (requests.size() > 2) out += "</details>\n";
  if (requests.size() > kMostRequests)
    out += fmt::format("<p class=muted>And {} more in <code>critical-path.csv</code>.</p>\n",
                       requests.size() - kMostRequests);
  return out + "</section>\n";
}

}  // namespace rehearse::reports
