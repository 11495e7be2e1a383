#pragma once
/// One column of numbers from a CSV text (RFC 4180: a header row, commas, optional double quotes,
/// LF or CRLF). Strict: each row must have the column, and in it a finite number >= 0.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rehearse::sim {

/// Rows that are read at most; 80 MB of samples.
constexpr std::size_t kMaxSampleRows = 10'000'000;

/// The numbers, or what is wrong: "row 17: 'abc' is not a number" (rows count lines of the text,
/// the header is row 1); `help` says what would be right. Blank lines are skipped.
struct SampleColumn {
  std::vector<double> values;
  std::string problem;
  std::string help;
};
SampleColumn read_sample_column(std::string_view text, std::string_view column,
                                std::size_t max_rows = kMaxSampleRows);

/// The same for cells of another shape. `parse` sets the number and returns nothing, or says what
/// is wrong with the cell ("is not a number"); `column` may be kFirstColumn or kLastColumn.
using CellParser = std::string (*)(std::string_view cell, double& value);
inline constexpr std::string_view kFirstColumn = "\n first";  // no header cell has a line break
inline constexpr std::string_view kLastColumn = "\n last";
SampleColumn read_column(std::string_view text, std::string_view column, CellParser parse,
                         std::string_view expected, std::size_t max_rows = kMaxSampleRows);

}  // namespace rehearse::sim
