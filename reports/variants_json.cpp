#include <nlohmann/json.hpp>

#include "reports/comparison_json.hpp"
#include "reports/json.hpp"
#include "reports/variants.hpp"

namespace rehearse::reports {

std::string to_json(const VariantComparison& all) {
  using Json = nlohmann::ordered_json;
  Json out = {{"format", 1},
              {"summary", variants_sentence(all)},
              {"worsened", all.worsened()},
              {"trials", all.trials},
              {"trials_rule", all.trials_rule},
              {"interrupted", all.interrupted}};
  Json& variants = out["variants"] = Json::array();
  for (const ComparedRun& one : all.variants) variants.push_back(run_json(one));
  Json& comparisons = out["comparisons"] = Json::array();
  for (const Comparison& one : all.comparisons) comparisons.push_back(comparison_json(one));
  return lay_out_json(out.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace rehearse::reports
