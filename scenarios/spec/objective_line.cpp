#include "scenarios/spec/objective_line.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "base/quantity.hpp"
#include "base/text.hpp"
#include "scenarios/spec/line_scanner.hpp"
#include "scenarios/spec/metric_names.hpp"

namespace rehearse::spec {
namespace {

constexpr std::string_view kForm =
    "an objective reads METRIC(TARGET) < VALUE, such as p95(api) < 200ms";

std::string_view unit_noun(Unit unit) {
  switch (unit) {
    case Unit::seconds:
      return "a time";
    case Unit::ratio:
      return "a ratio";
    case Unit::per_second:
      return "a rate";
    case Unit::number:
      return "a number";
  }
  return "a number";
}

std::string quoted(std::string_view text) {
  return "'" + shortened(text) + "'";
}

class LineParser {
 public:
  LineParser(const SpecNode& line, Diagnostics& out) : scan_(line, out), out_(out) {
    objective_.text = line.text;
    objective_.mark = line.mark;
  }

  std::optional<Objective> parse() {
    if (parse_metric() && parse_target() && parse_comparison() && parse_value() &&
        parse_clauses() && check_windows()) {
      warn_if_trivial();
      return std::move(objective_);
    }
    return std::nullopt;
  }

 private:
  // ---- METRIC(TARGET)

  bool parse_metric() {
    const Piece name = scan_.word("()<>=");
    if (name.text.empty()) return scan_.expected("a metric", scan_.peek_word(), std::string(kForm));
    const std::optional<NamedMetric> metric = find_metric(name.text);
    if (!metric)
      return scan_.error("unknown-metric", name,
                         fmt::format("there is no metric {}", quoted(name.text)),
                         out_.is_full() ? "" : metric_suggestion(name.text));
    objective_.metric = metric->metric;
    objective_.quantile = metric->quantile;
    metric_ = name.text;
    return true;
  }

  bool parse_target() {
    scan_.skip_spaces();
    const Piece open = scan_.next(1);
    if (!scan_.take("("))
      return scan_.expected(fmt::format("'(' and a target after {}", quoted(metric_)),
                            scan_.peek_word(), fmt::format("write {}(TARGET)", metric_));
    Piece target;
    if (!scan_.take_until(')', target))
      return scan_.expected("')' after the target", scan_.end(),
                            fmt::format("write {}(TARGET)", metric_));
    if (target.text.empty())
      return scan_.error(
          "bad-objective", {scan_.text().substr(open.at, target.at + 1 - open.at), open.at},
          "the target is empty",
          "name a service, a service/endpoint, a workload, a cache, a database or a region");
    if (target.text.find_first_of("( \t\n,") != std::string_view::npos)
      return scan_.error("bad-objective", target,
                         fmt::format("{} is no name of a target", quoted(target.text)),
                         "name one target");
    objective_.target = target.text;
    objective_.target_mark = scan_.mark_of(target);
    return true;
  }

  // ---- OP VALUE

  bool parse_comparison() {
    const Piece found = scan_.peek_word();
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kOthers{
        {{"==", "<= or >="},
         {"=<", "<="},
         {"=>", ">="},
         {"=", "<= or >="},
         {"!=", "< or >"},
         {"\xE2\x89\xA4", "<="},
         {"\xE2\x89\xA5", ">="},
         {"is", "<= or >="}}};
    for (const auto& [other, right] : kOthers)
      if (scan_.starts_with(other))
        return scan_.expected("<, <=, > or >=", scan_.next(other.size()),
                              fmt::format("write {}", right));
    if (scan_.take("<="))
      objective_.op = Comparison::less_equal;
    else if (scan_.take(">="))
      objective_.op = Comparison::greater_equal;
    else if (scan_.take("<"))
      objective_.op = Comparison::less;
    else if (scan_.take(">"))
      objective_.op = Comparison::greater;
    else
      return scan_.expected("<, <=, > or >=", found, std::string(kForm));
    return true;
  }

  bool parse_value() {
    const Unit unit = unit_of(objective_.metric);
    const Piece value = scan_.quantity();
    if (value.text.empty())
      return scan_.expected(fmt::format("{} to compare {} with", unit_noun(unit), metric_),
                            scan_.peek_word(), std::string(kForm));
    value_ = value;
    switch (unit) {
      case Unit::seconds: {
        const Parsed<Duration> parsed = parse_duration(value.text);
        if (parsed.value) objective_.bound = parsed.value->to_seconds();
        return accept(parsed, value);
      }
      case Unit::ratio:
        return parse_share(value, metric_, objective_.bound);
      case Unit::per_second:
        return accept(take_bound(parse_rate(value.text)), value);
      case Unit::number:
        return accept(take_bound(parse_number(value.text)), value) && check_sign(value);
    }
    return false;
  }

  Parsed<double> take_bound(Parsed<double> parsed) {
    objective_.bound = parsed.value.value_or(0);
    return parsed;
  }

  template <class T>
  bool accept(const Parsed<T>& parsed, Piece piece) {
    if (parsed.value) return true;
    return scan_.error(
        "bad-quantity", piece,
        fmt::format("{} is {}: {}", metric_, unit_noun(unit_of(objective_.metric)), parsed.problem),
        parsed.help);
  }

  bool check_sign(Piece piece) {
    if (objective_.bound >= 0) return true;
    return scan_.error("out-of-range", piece, fmt::format("{} is never negative", metric_),
                       "write a number from 0 on");
  }

  /// A ratio from 0 to 1 where nobody can have meant something else.
  bool parse_share(Piece piece, std::string_view what, double& share) {
    const Parsed<double> parsed = parse_ratio(piece.text);
    if (!parsed.value)
      return scan_.error("bad-quantity", piece,
                         fmt::format("{} is a ratio: {}", what, parsed.problem), parsed.help);
    share = *parsed.value;
    const bool percent = piece.text.find('%') != std::string_view::npos;
    if (share > 1)
      return scan_.error("out-of-range", piece,
                         fmt::format("{} is more than 100%", quoted(piece.text)),
                         percent ? "a ratio lies from 0% to 100%"
                                 : fmt::format("did you mean {}%?", shortened(piece.text)));
    if (share == 1 && !percent)
      return scan_.error("bad-quantity", piece,
                         fmt::format("{} could mean 1% or 100%", quoted(piece.text)),
                         "write 1% or 100%");
    return true;
  }

  // ---- clauses

  bool parse_clauses() {
    while (true) {
      const Piece next = scan_.word();
      if (next.text.empty()) return true;
      if (next.text == "during" && !objective_.during) {
        if (!parse_during()) return false;
      } else if (next.text == "in" && !objective_.window) {
        if (!parse_share_of_windows()) return false;
      } else if (next.text == "of" && !objective_.window) {
        if (!parse_available_windows(next)) return false;
      } else {
        return clause_error(next);
      }
    }
  }

  bool clause_error(Piece next) {
    if (is_clause_word(next.text))
      return scan_.error("bad-objective", next,
                         fmt::format("a second {} clause", quoted(next.text)),
                         "one objective has one range and one kind of windows");
    const std::string_view near = closest(next.text, {"during", "in", "of"});
    return scan_.expected("'during', 'in' or the end", next,
                          (near.empty() ? "" : fmt::format("did you mean '{}'? ", near)) +
                              "write ... during 40s..100s, or ... in 99% of 1m windows");
  }

  bool parse_during() {
    const Piece range = scan_.quantity();
    const size_t dots = range.text.find("..");
    if (range.text.empty() || dots == std::string_view::npos)
      return scan_.expected("a range FROM..TO after 'during'", range, "write during 40s..100s");
    const std::array<Piece, 2> ends{{{range.text.substr(0, dots), range.at},
                                     {range.text.substr(dots + 2), range.at + dots + 2}}};
    std::array<Duration, 2> times;
    for (size_t i = 0; i < ends.size(); ++i) {
      const Parsed<Duration> parsed = parse_duration(ends[i].text);
      if (!parsed.value)
        return scan_.error("bad-quantity", ends[i], fmt::format("'during': {}", parsed.problem),
                           parsed.help);
      times[i] = *parsed.value;
    }
    if (times[0] >= times[1])
      return scan_.error("out-of-range", range, "the range is empty: it ends before it begins",
                         "write the earlier time first");
    objective_.during = Objective::Range{times[0], times[1]};
    return true;
  }

  /// "SHARE of WINDOW windows" after "in".
  bool parse_share_of_windows() {
    const Piece share = scan_.quantity();
    if (share.text.empty() || parse_duration(share.text).value)
      return scan_.expected("the share of windows after 'in'", share, "write in 99% of 1m windows");
    return parse_share(share, "the share of windows", objective_.share) && parse_windows();
  }

  /// "of WINDOW windows", after a share.
  bool parse_windows() {
    const Piece of = scan_.word();
    if (of.text != "of")
      return scan_.expected("'of' and the length of windows", of, "write in 99% of 1m windows");
    return parse_window_length();
  }

  bool parse_window_length() {
    const Piece length = scan_.quantity();
    if (length.text.empty())
      return scan_.expected("the length of windows after 'of'", scan_.peek_word(),
                            "write of 1m windows");
    const Parsed<Duration> parsed = parse_duration(length.text);
    if (!parsed.value)
      return scan_.error("bad-quantity", length,
                         fmt::format("the length of windows: {}", parsed.problem), parsed.help);
    if (*parsed.value == Duration::zero())
      return scan_.error("out-of-range", length, "windows of no length", "write of 1m windows");
    const Piece windows = scan_.word();
    if (windows.text != "windows")
      return scan_.expected("the word 'windows'", windows,
                            fmt::format("write of {} windows", shortened(length.text)));
    objective_.window = *parsed.value;
    return true;
  }

  /// "availability(x) >= SHARE of WINDOW windows": the value just read is the share of windows.
  bool parse_available_windows(Piece of) {
    if (objective_.metric != Metric::availability)
      return scan_.error(
          "bad-objective", of,
          fmt::format("only availability can be 'of' windows, not {}", metric_),
          fmt::format("write {}({}) {} {} in 99% of 1m windows", metric_, objective_.target,
                      comparison_text(objective_.op), shortened(value_.text)));
    if (!parse_window_length()) return false;
    objective_.share = objective_.bound;
    objective_.share_op = objective_.op;
    objective_.bound = kAvailableWindow;
    objective_.op = Comparison::greater_equal;
    return true;
  }

  bool check_windows() {
    if (!objective_.window || !objective_.during) return true;
    const Duration range = objective_.during->to - objective_.during->from;
    if (*objective_.window <= range) return true;
    return scan_.error("out-of-range", scan_.whole(),
                       fmt::format("a window of {} does not fit into a range of {}",
                                   exact_duration(*objective_.window), exact_duration(range)),
                       "make the window shorter or the range longer");
  }

  /// Whether a comparison decides itself, as every value lies in [0, `most`].
  static std::optional<bool> foregone(Comparison op, double bound, double most) {
    const bool low = satisfies(0, op, bound);
    if (low != satisfies(most, op, bound)) return std::nullopt;
    return low;
  }

  void warn_if_trivial() {
    const Objective& o = objective_;
    const double most = unit_of(o.metric) == Unit::ratio ? 1 : 1e300;
    std::optional<bool> answer = foregone(o.op, o.bound, most);
    if (o.window && answer) answer = satisfies(*answer ? 1 : 0, o.share_op, o.share);
    if (o.window && !answer) answer = foregone(o.share_op, o.share, 1);
    if (!answer) return;
    out_.warning("trivial-objective", scan_.mark_of(scan_.whole()),
                 fmt::format("this objective {} whatever happens", *answer ? "holds" : "fails"),
                 "choose a bound that can be missed and met");
  }

  LineScanner scan_;
  Diagnostics& out_;
  Objective objective_;
  std::string_view metric_;
  Piece value_;
};

}  // namespace

std::optional<Objective> parse_objective(const SpecNode& line, Diagnostics& out) {
  return LineParser(line, out).parse();
}

}  // namespace rehearse::spec
