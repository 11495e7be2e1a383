#pragma once
/// `--help` of every level: 80 columns at most, fewer on a narrower terminal.

#include <string>

#include "cli/describe.hpp"

namespace rehearse::cli {

std::string help_text(const CommandView& command, int width);

/// Paragraphs (separated by empty lines) wrapped to `width`, each line after `indent` spaces.
/// Lines that begin with two spaces stay as they are.
std::string wrap_paragraphs(const std::string& text, int width, int indent);

}  // namespace rehearse::cli
