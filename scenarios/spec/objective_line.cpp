#include "scenarios/spec/objective_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/quantity.hpp"
#include "base/text.hpp"
#include "scenarios/spec/metric_names.hpp"

namespace rehearse::spec {
namespace {

/// A piece of the line and where it starts.
struct Piece {
  std::string_view text;
  size_t at = 0;
};

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

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

bool is_clause_word(std::string_view word) {
  return word == "during" || word == "in" || word == "of";
}

class LineParser {
 public:
  LineParser(const SpecNode& line, Diagnostics& out) : line_(line), text_(line.text), out_(out) {}

  std::optional<Objective> parse() {
    objective_.text = line_.text;
    objective_.mark = line_.mark;
    if (parse_metric() && parse_target() && parse_comparison() && parse_value() &&
        parse_clauses() && check_windows()) {
      warn_if_trivial();
      return std::move(objective_);
    }
    return std::nullopt;
  }

 private:
  // ---- places and complaints

  /// Place of a piece. Exact where the line stands in the file as it was read; where it was folded
  /// or has escapes, the whole scalar.
  Mark mark_of(Piece piece) const {
    const auto size = static_cast<int>(text_.size());
    const int before = line_.mark.length == size + 2 && line_.quoted ? 1 : 0;
    if (line_.mark.length != size + 2 * before) return line_.mark;
    Mark mark = line_.mark;
    mark.column += before + static_cast<int>(piece.at);
    mark.length = std::max(1, static_cast<int>(piece.text.size()));
    return mark;
  }
  bool error(std::string_view id, Piece piece, std::string message, std::string help) {
    out_.error(id, mark_of(piece), std::move(message), std::move(help));
    return false;
  }
  bool expected(std::string_view what, Piece found, std::string help) {
    const bool end = found.text.empty();
    return error("bad-objective", found,
                 fmt::format("expected {}, found {}", what, end ? "the end" : quoted(found.text)),
                 std::move(help));
  }

  // ---- lexing

  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  /// Everything up to one of `stops` or a space.
  Piece word(std::string_view stops = {}) {
    skip_spaces();
    const size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) &&
           stops.find(text_[at_]) == std::string_view::npos)
      ++at_;
    return {text_.substr(begin, at_ - begin), begin};
  }
  Piece peek_word() {
    const size_t before = at_;
    const Piece piece = word();
    at_ = before;
    return piece;
  }
  /// A quantity: one word, or a bare number and its unit, as in "200 ms".
  Piece quantity() {
    Piece piece = word();
    const bool number = !piece.text.empty() &&
                        piece.text.find_first_not_of("0123456789.") == std::string_view::npos;
    const Piece next = peek_word();
    if (!number || next.text.empty() || is_clause_word(next.text) || next.text == "windows")
      return piece;
    word();
    piece.text = text_.substr(piece.at, at_ - piece.at);
    return piece;
  }
  bool take(std::string_view token) {
    skip_spaces();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  // ---- METRIC(TARGET)

  bool parse_metric() {
    const Piece name = word("()<>=");
    if (name.text.empty()) return expected("a metric", peek_word(), std::string(kForm));
    const std::optional<NamedMetric> metric = find_metric(name.text);
    if (!metric)
      return error("unknown-metric", name, fmt::format("there is no metric {}", quoted(name.text)),
                   out_.is_full() ? "" : metric_suggestion(name.text));
    objective_.metric = metric->metric;
    objective_.quantile = metric->quantile;
    metric_ = name.text;
    return true;
  }

  bool parse_target() {
    if (!take("("))
      return expected(fmt::format("'(' and a target after {}", quoted(metric_)), peek_word(),
                      fmt::format("write {}(TARGET)", metric_));
    const size_t begin = at_;
    const size_t close = text_.find(')', begin);
    if (close == std::string_view::npos)
      return expected("')' after the target", {text_.substr(text_.size()), text_.size()},
                      fmt::format("write {}(TARGET)", metric_));
    at_ = close + 1;
    Piece target{text_.substr(begin, close - begin), begin};
    while (!target.text.empty() && is_space(target.text.front())) {
      target.text.remove_prefix(1);
      ++target.at;
    }
    while (!target.text.empty() && is_space(target.text.back())) target.text.remove_suffix(1);
    if (target.text.empty())
      return error(
          "bad-objective", {text_.substr(begin - 1, close + 2 - begin), begin - 1},
          "the target is empty",
          "name a service, a service/endpoint, a workload, a cache, a database or a region");
    if (target.text.find_first_of("( \t\n,") != std::string_view::npos)
      return error("bad-objective", target,
                   fmt::format("{} is no name of a target", quoted(target.text)),
                   "name one target");
    objective_.target = target.text;
    objective_.target_mark = mark_of(target);
    return true;
  }

  // ---- OP VALUE

  bool parse_comparison() {
    skip_spaces();
    const Piece found = peek_word();
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
      if (text_.substr(at_, other.size()) == other)
        return expected("<, <=, > or >=", {text_.substr(at_, other.size()), at_},
                        fmt::format("write {}", right));
    if (take("<="))
      objective_.op = Comparison::less_equal;
    else if (take(">="))
      objective_.op = Comparison::greater_equal;
    else if (take("<"))
      objective_.op = Comparison::less;
    else if (take(">"))
      objective_.op = Comparison::greater;
    else
      return expected("<, <=, > or >=", found, std::string(kForm));
    return true;
  }

  bool parse_value() {
    const Unit unit = unit_of(objective_.metric);
    const Piece value = quantity();
    if (value.text.empty())
      return expected(fmt::format("{} to compare {} with", unit_noun(unit), metric_), peek_word(),
                      std::string(kForm));
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
    return error(
        "bad-quantity", piece,
        fmt::format("{} is {}: {}", metric_, unit_noun(unit_of(objective_.metric)), parsed.problem),
        parsed.help);
  }

  bool check_sign(Piece piece) {
    if (objective_.bound >= 0) return true;
    return error("out-of-range", piece, fmt::format("{} is never negative", metric_),
                 "write a number from 0 on");
  }

  /// A ratio from 0 to 1 where nobody can have meant something else.
  bool parse_share(Piece piece, std::string_view what, double& share) {
    const Parsed<double> parsed = parse_ratio(piece.text);
    if (!parsed.value)
      return error("bad-quantity", piece, fmt::format("{} is a ratio: {}", what, parsed.problem),
                   parsed.help);
    share = *parsed.value;
    const bool percent = piece.text.find('%') != std::string_view::npos;
    if (share > 1)
      return error("out-of-range", piece, fmt::format("{} is more than 100%", quoted(piece.text)),
                   percent ? "a ratio lies from 0% to 100%"
                           : fmt::format("did you mean {}%?", shortened(piece.text)));
    if (share == 1 && !percent)
      return error("bad-quantity", piece,
                   fmt::format("{} could mean 1% or 100%", quoted(piece.text)), "write 1% or 100%");
    return true;
  }

  // ---- clauses

  bool parse_clauses() {
    while (true) {
      const Piece next = word();
      if (next.text.empty()) return true;
      if (next.text == "during" && !objective_.during) {
        if (!parse_during()) return false;
      } else if (next.text == "in" && !objective_.window) {
        const Piece share = quantity();
        if (!parse_share(share, "the share of windows", objective_.share) || !parse_windows())
          return false;
      } else if (next.text == "of" && !objective_.window) {
        if (!parse_available_windows(next)) return false;
      } else {
        return clause_error(next);
      }
    }
  }

  bool clause_error(Piece next) {
    if (is_clause_word(next.text))
      return error("bad-objective", next, fmt::format("a second {} clause", quoted(next.text)),
                   "one objective has one range and one kind of windows");
    const std::string_view near = closest(next.text, {"during", "in", "of"});
    return expected("'during', 'in' or the end", next,
                    (near.empty() ? "" : fmt::format("did you mean '{}'? ", near)) +
                        "write ... during 40s..100s, or ... in 99% of 1m windows");
  }

  bool parse_during() {
    const Piece range = quantity();
    const size_t dots = range.text.find("..");
    if (range.text.empty() || dots == std::string_view::npos)
      return expected("a range FROM..TO after 'during'", range, "write during 40s..100s");
    const std::array<Piece, 2> ends{{{range.text.substr(0, dots), range.at},
                                     {range.text.substr(dots + 2), range.at + dots + 2}}};
    std::array<Duration, 2> times;
    for (size_t i = 0; i < ends.size(); ++i) {
      const Parsed<Duration> parsed = parse_duration(ends[i].text);
      if (!parsed.value)
        return error("bad-quantity", ends[i], fmt::format("'during': {}", parsed.problem),
                     parsed.help);
      times[i] = *parsed.value;
    }
    if (times[0] >= times[1])
      return error("out-of-range", range, "the range is empty: it ends before it begins",
                   "write the earlier time first");
    objective_.during = Objective::Range{times[0], times[1]};
    return true;
  }

  /// "of WINDOW windows", after a share.
  bool parse_windows() {
    const Piece of = word();
    if (of.text != "of")
      return expected("'of' and the length of windows", of, "write in 99% of 1m windows");
    return parse_window_length();
  }

  bool parse_window_length() {
    const Piece length = quantity();
    if (length.text.empty())
      return expected("the length of windows after 'of'", peek_word(), "write of 1m windows");
    const Parsed<Duration> parsed = parse_duration(length.text);
    if (!parsed.value)
      return error("bad-quantity", length, fmt::format("the length of windows: {}", parsed.problem),
                   parsed.help);
    if (*parsed.value == Duration::zero())
      return error("out-of-range", length, "windows of no length", "write of 1m windows");
    const Piece windows = word();
    if (windows.text != "windows")
      return expected("the word 'windows'", windows,
                      fmt::format("write of {} windows", shortened(length.text)));
    objective_.window = *parsed.value;
    return true;
  }

  /// "availability(x) >= SHARE of WINDOW windows": the value just read is the share of windows.
  bool parse_available_windows(Piece of) {
    if (objective_.metric != Metric::availability)
      return error(
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
    return error("out-of-range", {text_, 0},
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
    out_.warning("trivial-objective", mark_of({text_, 0}),
                 fmt::format("this objective {} whatever happens", *answer ? "holds" : "fails"),
                 "choose a bound that can be missed and met");
  }

  const SpecNode& line_;
  std::string_view text_;
  Diagnostics& out_;
  size_t at_ = 0;
  Objective objective_;
  std::string_view metric_;
  Piece value_;
};

}  // namespace

std::optional<Objective> parse_objective(const SpecNode& line, Diagnostics& out) {
  return LineParser(line, out).parse();
}

}  // namespace rehearse::spec
