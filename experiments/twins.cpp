#include "experiments/twins.hpp"

namespace rehearse::experiments {

std::vector<Twin> closed_form_twins(const models::Scenario&) {
  return {};
}

}  // namespace rehearse::experiments
