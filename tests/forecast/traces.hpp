#pragma once
/// Traces of load from a folder of CSV files, brought to steps of one length.
///
/// A trace is any CSV file below the folder whose first column is `timestamp` or `date`
/// (YYYY-MM-DD, with or without HH:MM:SS) and whose second is a number; other files are passed
/// over. Steps are ten minutes, or the file's own where they are longer, by means. A row without a
/// value, or with `nan`, is a gap; gaps hold the last value. Rows may be in any order.
///
/// Left out, with the reason: less than nine days or a hundred rows; rows more than half an hour
/// apart that are not days; more gaps than values. A row that is no date and number is an error.

#include <string>
#include <vector>

struct Trace {
  std::string name;
  double step = 10;  // minutes
  std::vector<double> values;

  std::size_t day() const { return static_cast<std::size_t>(1440 / step + 0.5); }
};

struct Traces {
  std::vector<Trace> traces;          // by path
  std::vector<std::string> left_out;  // file: reason
  std::vector<std::string> errors;    // file:line: what is wrong
};

Traces traces_in(const std::string& folder);
