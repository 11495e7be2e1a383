#include "live/log_reader.hpp"

#include <fmt/format.h>

namespace rehearse::live {

std::nullopt_t LogReader::stop(End end, std::string problem) {
  end_ = end;
  problem_ = std::move(problem);
  return std::nullopt;
}

std::optional<std::string> LogReader::read_line() {
  std::string line;
  constexpr int kNone = std::char_traits<char>::eof();
  int byte = in_.get();
  if (in_.bad()) return stop(End::wrong, "it cannot be read");
  if (byte == kNone) return stop(End::whole, {});
  ++line_;
  for (; byte != '\n'; byte = in_.get()) {
    if (byte == kNone) return stop(End::torn, "it breaks off in the middle of this line");
    if (line.size() >= kLongestLine) return stop(End::wrong, "the line is too long");
    line += static_cast<char>(byte);
  }
  return line;
}

std::optional<LogEntry> LogReader::next() {
  if (end_ != End::none) return std::nullopt;
  const std::optional<std::string> line = read_line();
  if (!line) return std::nullopt;
  std::optional<std::string> text = chain_.unlink(*line);
  if (!text && line_ == 1) return stop(End::wrong, "this is no log of 'rehearse live'");
  if (!text)
    return stop(End::tampered, "the chain is broken: this line or what was before it was changed");
  text_ = *std::move(text);
  ReadEntry read = read_entry(text_);
  if (!read.entry) return stop(End::wrong, std::move(read.problem));
  if (read.entry->at < latest_) return stop(End::wrong, "it is earlier than the entry before it");
  if ((line_ == 1) != (read.entry->kind == LogEntry::Kind::begin))
    return stop(End::wrong, "a log has one beginning, in its first line");
  latest_ = read.entry->at;
  return std::move(read.entry);
}

}  // namespace rehearse::live
