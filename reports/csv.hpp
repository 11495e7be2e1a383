#pragma once
/// CSV (RFC 4180 quoting, line feeds, UTF-8) in tidy form: a row per figure, for pandas and
/// spreadsheets.
///
/// Text is made visible() and, where it begins with = + - @ or a control character, led by an
/// apostrophe: a spreadsheet would run it as a formula. Numbers are in the shortest form that reads
/// back to the same bits; empty means missing or infinite.

#include <string>

#include "reports/result.hpp"

namespace rehearse::reports {

/// Header: kind,subject,metric,estimate,low,high,unit. The kind "objective" has the id as subject.
std::string summary_csv(const RunResult& result);

/// Header: kind,subject,metric,unit,at,value; `at` is the start of the window in seconds. Windows
/// that saw nothing have an empty value.
std::string series_csv(const RunResult& result);

/// Header: at,policy,kind,subject,from,to,because,metric,measured,limit,outcome,settled; instants
/// in seconds. Of the first trial.
std::string decisions_csv(const RunResult& result);

/// One field of text, quoted where need be.
std::string csv_text(const std::string& text);

}  // namespace rehearse::reports
