#include "reports/waterfall.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/critical_path.hpp"
#include "reports/figures.hpp"
#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

constexpr std::size_t kManyRows = 40;
constexpr int kTime = 8;    // columns of a time
constexpr int kStatus = 9;  // "abandoned"
constexpr int kMostIndent = 12;
constexpr int kIdDigits = 12;  // of a list: more than it takes to tell traces apart

/// A line of the picture: a span, and the visit that an attempt led to.
struct SpanRow {
  std::uint32_t span = 0;
  std::optional<std::uint32_t> visit;
  std::optional<std::uint32_t> queue;
  int depth = 0;
  bool critical = false;
};

std::string time_text(std::int64_t ns) {
  return format_figure(static_cast<double>(ns) * 1e-9, "s", 3);
}

std::string status_of(const Span& span) {
  if (const std::string_view outcome = text_of(span.attributes, "rehearse.outcome");
      !outcome.empty())
    return visible(outcome);
  return span.status == SpanStatus::error ? "error" : span.status == SpanStatus::ok ? "ok" : "";
}

// A branch stands below the visit that it is part of, whose name it need not repeat.
std::string span_label(const Span& span) {
  if (const std::size_t at = span.name.rfind(" branch ");
      span.role == SpanRole::branch && at != std::string::npos)
    return visible(std::string_view(span.name).substr(at + 1));
  const std::int64_t attempt = number_of(span.attributes, "rehearse.attempt", 1);
  return visible(span.name) + (attempt > 1 ? fmt::format(" #{}", attempt) : "");
}

class Picture {
 public:
  Picture(const Trace& trace, const TraceTree& tree, const WaterfallOptions& options)
      : trace_(trace),
        tree_(tree),
        options_(options),
        width_(std::clamp(options.terminal.width, 72, 120)),
        name_(width_ < 100 ? 25 : 35),
        bar_(width_ - 2 - name_ - 1 - kTime - 1 - kTime - 2 - kStatus - 1),
        path_(critical_path(trace, tree)),
        critical_(trace.spans.size(), false) {
    mark_critical();
    collect();
  }
  std::string text(const TraceSet& set);

 private:
  const Span& span(std::uint32_t i) const { return trace_.spans[i]; }
  const Span& root() const { return span(tree_.root); }
  std::string fit(const std::string& text) const {
    return options_.terminal.ascii ? to_ascii(text) : text;
  }
  void line(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    out_ += text + "\n";
  }
  std::string paint(const char* code, const std::string& text) const {
    return options_.terminal.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  void mark_critical();
  void collect();
  SpanRow row_of(std::uint32_t i, int depth) const;
  void head(const TraceSet& set);
  void scale();
  void row(const SpanRow& one);
  void shares();
  std::string bar(const SpanRow& one) const;
  int column(std::int64_t at) const;
  void fill(std::string& bar, std::int64_t from, std::int64_t to, char mark) const;

  const Trace& trace_;
  const TraceTree& tree_;
  const WaterfallOptions& options_;
  const int width_, name_, bar_;
  const std::vector<PathSegment> path_;
  std::vector<char> critical_;  // by span
  std::vector<SpanRow> rows_;
  std::string out_;
};

// The spans that the path goes through: those with time of their own on it, and all above them.
void Picture::mark_critical() {
  std::vector<std::uint32_t> parents(trace_.spans.size(), tree_.root);
  for (std::uint32_t i = 0; i < tree_.children.size(); ++i)
    for (const std::uint32_t child : tree_.children[i]) parents[child] = i;
  critical_[tree_.root] = 1;
  for (const PathSegment& segment : path_)
    for (std::uint32_t at = segment.span; critical_[at] == 0; at = parents[at]) critical_[at] = 1;
}

// An attempt takes its only visit into its line, and the visit its queue.
SpanRow Picture::row_of(std::uint32_t i, int depth) const {
  SpanRow row{i, std::nullopt, std::nullopt, depth, critical_[i] != 0};
  if (span(i).kind == SpanKind::server) row.visit = i;
  if (span(i).kind == SpanKind::client && tree_.children[i].size() == 1 &&
      span(tree_.children[i].front()).kind == SpanKind::server)
    row.visit = tree_.children[i].front();
  if (row.visit)
    for (const std::uint32_t child : tree_.children[*row.visit])
      if (span(child).role == SpanRole::queue) row.queue = child;
  row.critical |= row.visit && critical_[*row.visit];
  row.critical |= row.queue && critical_[*row.queue];
  return row;
}

void Picture::collect() {
  struct Next {
    std::uint32_t span;
    int depth;
  };
  std::vector<Next> next = {{tree_.root, 0}};
  while (!next.empty()) {
    const Next at = next.back();
    next.pop_back();
    const SpanRow row = row_of(at.span, at.depth);
    const auto push = [&](std::uint32_t parent) {
      const auto& children = tree_.children[parent];
      for (auto child = children.rbegin(); child != children.rend(); ++child)
        if (*child != row.visit && *child != row.queue) next.push_back({*child, at.depth + 1});
    };
    push(at.span);
    if (row.visit && *row.visit != at.span) push(*row.visit);
    rows_.push_back(row);
  }
}

int Picture::column(std::int64_t at) const {
  const std::int64_t length = std::max<std::int64_t>(root().end_ns - root().start_ns, 1);
  const double share = static_cast<double>(at - root().start_ns) / static_cast<double>(length);
  return static_cast<int>(std::clamp(share, 0.0, 1.0) * bar_);
}

// At least one column: what is short is there all the same.
void Picture::fill(std::string& bar, std::int64_t from, std::int64_t to, char mark) const {
  if (from >= root().end_ns && from != root().start_ns) return;
  const int first = std::min(column(from), bar_ - 1);
  const int last = std::max(first + 1, column(to));
  for (int i = first; i < last; ++i) bar[static_cast<std::size_t>(i)] = mark;
}

std::string Picture::bar(const SpanRow& one) const {
  std::string bar(static_cast<std::size_t>(bar_), ' ');
  const Span& whole = span(one.span);
  std::int64_t end = whole.end_ns;
  char mark = '=';
  if (whole.kind == SpanKind::client) mark = '-';
  if (whole.role == SpanRole::back_off) mark = '~';
  if (whole.role == SpanRole::queue) mark = ':';
  fill(bar, whole.start_ns, whole.end_ns, mark);
  if (one.visit) {
    const Span& visit = span(*one.visit);
    fill(bar, visit.start_ns, visit.end_ns, '=');
    end = std::max(end, visit.end_ns);
  }
  if (one.queue) fill(bar, span(*one.queue).start_ns, span(*one.queue).end_ns, ':');
  for (const PathSegment& segment : path_)
    if (segment.span == one.span || segment.span == one.visit || segment.span == one.queue)
      fill(bar, segment.start_ns, segment.end_ns, '#');
  if (end > root().end_ns) bar.back() = '>';
  return bar;
}

void Picture::head(const TraceSet& set) {
  const std::int64_t number = number_of(root().attributes, "rehearse.request.number", 0);
  std::string title = visible(root().name);
  if (number > 0)
    title += fmt::format(", request {}", format_count(static_cast<std::uint64_t>(number)));
  title += fmt::format(": {}", time_text(root().end_ns - root().start_ns));
  if (const std::string status = status_of(root()); !status.empty()) title += ", " + status;
  line(paint("1", shorten_middle(fit(title), width_, "..")));
  std::string about = "trace " + hex_of(trace_.id);
  if (!set.version.empty())
    about += fmt::format(", from {:.6f} s of the run", static_cast<double>(root().start_ns) * 1e-9);
  line(about);
  line("");
}

void Picture::scale() {
  const std::string total = fit(time_text(root().end_ns - root().start_ns));
  const std::string bar = "0" + pad_left(total, std::max(bar_ - 1, display_width(total) + 1));
  line("  " + pad_right("hop", name_) + " " + pad_left("start", kTime) + " " +
       pad_left("time", kTime) + "  " + pad_right("status", kStatus) + " " + bar);
}

void Picture::row(const SpanRow& one) {
  const Span& whole = span(one.span);
  const int indent = std::min(2 * one.depth, kMostIndent);
  const std::string name = std::string(static_cast<std::size_t>(indent), ' ') +
                           shorten_middle(fit(span_label(whole)), name_ - indent, "..");
  const std::string start = fit(time_text(whole.start_ns - root().start_ns));
  const std::string time = fit(time_text(whole.end_ns - whole.start_ns));
  const std::string text =
      (one.critical ? "* " : "  ") + pad_right(name, name_) + " " + pad_left(start, kTime) + " " +
      pad_left(time, kTime) + "  " +
      pad_right(shorten_middle(fit(status_of(whole)), kStatus, ".."), kStatus) + " " + bar(one);
  line(one.critical ? paint("1", text) : text);
}

void Picture::shares() {
  const std::vector<TimeShare> shares = time_shares(trace_, path_);
  const std::int64_t total = root().end_ns - root().start_ns;
  line("");
  line(fit(fmt::format("where the time went: {} on the critical path", time_text(total))));
  constexpr std::size_t kMost = 12;
  std::int64_t rest = total;
  for (std::size_t i = 0; i < std::min(shares.size(), kMost); ++i) {
    const double share = static_cast<double>(shares[i].ns) / static_cast<double>(total);
    const std::string percent = share < 0.005 ? "<1" : fmt::format("{:.0f}", share * 100);
    line(fmt::format("  {:>4} %  {}  {}  {}", percent,
                     pad_left(fit(time_text(shares[i].ns)), kTime),
                     pad_right(shares[i].where.phase, 8),
                     shorten_middle(fit(visible(shares[i].where.hop)), width_ - 30, "..")));
    rest -= shares[i].ns;
  }
  if (shares.size() > kMost)
    line(fit(fmt::format("  {:>4.0f} %  {}  in {} more",
                         static_cast<double>(rest) / static_cast<double>(total) * 100,
                         pad_left(fit(time_text(rest)), kTime), shares.size() - kMost)));
}

std::string Picture::text(const TraceSet& set) {
  head(set);
  scale();
  const bool some = rows_.size() > kManyRows && !options_.all;
  std::size_t left_out = 0;
  std::size_t shown = 0;
  for (const SpanRow& one : rows_) {
    // Of the others only the first: a picture of their kind, not of their number.
    if (some && !one.critical && shown >= kManyRows / 2) {
      ++left_out;
      continue;
    }
    ++shown;
    row(one);
  }
  if (left_out > 0)
    line(fmt::format("  and {} more hops that the answer did not wait for", left_out));
  line("");
  line("* on the critical path   # what the answer waited for   = in service");
  line(": queue   - network   ~ pause before a retry   > after the answer");
  if (!path_.empty()) shares();
  return std::move(out_);
}

const Trace* slowest_of(const TraceSet& set, bool failed) {
  const Trace* slowest = nullptr;
  std::int64_t longest = -1;
  for (const Trace& trace : set.traces) {
    const auto tree = tree_of(trace);
    if (!tree) continue;
    const Span& root = trace.spans[tree->root];
    if (failed && root.status != SpanStatus::error) continue;
    if (root.end_ns - root.start_ns <= longest) continue;
    longest = root.end_ns - root.start_ns;
    slowest = &trace;
  }
  return slowest;
}

}  // namespace

std::string render_waterfall(const TraceSet& set, const Trace& trace,
                             const WaterfallOptions& options) {
  const auto tree = tree_of(trace);
  if (!tree) return "trace " + hex_of(trace.id) + " has no root\n";
  return Picture(trace, *tree, options).text(set);
}

std::string render_trace_list(const TraceSet& set, const TerminalOptions& options) {
  const int width = std::clamp(options.width, 72, 120);
  const int name = width - kIdDigits - 2 - 11 - 2 - kTime - 2 - kStatus - 2;
  const auto fit = [&](const std::string& text) { return options.ascii ? to_ascii(text) : text; };
  std::string out;
  const auto line = [&](const std::string& id, const std::string& begin, const std::string& time,
                        const std::string& status, const std::string& request) {
    std::string text = pad_right(id.substr(0, kIdDigits), kIdDigits) + "  " + pad_left(begin, 11) +
                       "  " + pad_left(fit(time), kTime) + "  " + pad_right(status, kStatus) +
                       "  " + shorten_middle(fit(request), name, "..");
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line("trace", "begins", "time", "status", "request");
  for (const Trace& trace : set.traces) {
    const auto tree = tree_of(trace);
    if (!tree) continue;
    const Span& root = trace.spans[tree->root];
    line(hex_of(trace.id), fmt::format("{:.4f} s", static_cast<double>(root.start_ns) * 1e-9),
         time_text(root.end_ns - root.start_ns), status_of(root), visible(root.name));
  }
  return out;
}

const Trace* slowest_trace(const TraceSet& set) {
  return slowest_of(set, false);
}
const Trace* slowest_failed_trace(const TraceSet& set) {
  return slowest_of(set, true);
}

}  // namespace rehearse::reports
