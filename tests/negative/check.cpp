#include "tests/negative/check.hpp"

#include "live/setup.hpp"
#include "models/compile.hpp"

namespace rehearse::negative {

void check_scenario(const std::string& path, const spec::ReadOptions& options, Diagnostics& out) {
  const SpecNode root = spec::read_scenario(path, options, spec::disk(), out);
  if (root.is_null()) return;
  models::compile(root, spec::disk(), out);
  if (!out.has_errors() && root.find("live") != nullptr) live::read_setup(root, out);
}

}  // namespace rehearse::negative
