#include "cli/app.hpp"

int main(int argc, char** argv) {
  return rehearse::cli::run_command(argc, argv);
}
