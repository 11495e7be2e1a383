#pragma once
/// Pages of docs/ that are part of the binary, so that an installed one explains itself. Made by
/// CMake from pages.cpp.in.

namespace rehearse::cli {

extern const char* const kErrorsPage;    ///< docs/errors.md
extern const char* const kVerdictsPage;  ///< docs/verdicts.md

}  // namespace rehearse::cli
