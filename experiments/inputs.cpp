#include "experiments/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "experiments/text_hash.hpp"

namespace rehearse::experiments {
namespace {

std::string normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().generic_string();
}

spec::FileText read_whole(const std::string& path) {
  const auto failed = [] {
    return spec::FileText{std::nullopt, std::generic_category().message(errno)};
  };
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  errno = 0;
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return failed();
  std::string text;
  std::vector<char> buffer(std::size_t{1} << 16);
  while (const std::size_t bytes = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    text.append(buffer.data(), bytes);
    if (text.size() > Inputs::kMostBytes)
      return {std::nullopt, fmt::format("larger than {} MiB", Inputs::kMostBytes >> 20)};
  }
  if (std::ferror(file.get()) != 0) return failed();
  return {std::move(text), {}};
}

}  // namespace

spec::FileSource Inputs::source() {
  return [this](const std::string& path) {
    const auto known = read_.find(normal(path));
    if (known != read_.end()) return spec::FileText{known->second, {}};
    spec::FileText file = read_whole(path);
    if (file.text) read_[normal(path)] = *file.text;
    return file;
  };
}

/// Files of one name from several folders are told apart by a number.
std::string Inputs::name_for(const std::string& path) const {
  const std::filesystem::path file(path);
  for (int number = 1;; ++number) {
    const std::string name =
        "inputs/" + (number == 1 ? file.filename().string()
                                 : fmt::format("{}-{}{}", file.stem().string(), number,
                                               file.extension().string()));
    if (std::none_of(copies_.begin(), copies_.end(),
                     [&](const InputFile& copy) { return copy.name == name; }))
      return name;
  }
}

void Inputs::redirect(SpecNode& node, const Diagnostics& files) {
  if (node.is_scalar()) {
    const std::string path = normal(spec::path_beside(node.mark, node.text, files));
    const auto found = read_.find(path);
    if (found == read_.end()) return;
    std::string& name = names_[path];
    if (name.empty()) {
      name = name_for(path);
      copies_.push_back({name, found->second});
    }
    node.text = name;
  }
  for (SpecNode& item : node.items) redirect(item, files);
  for (SpecEntry& entry : node.entries) redirect(entry.value, files);
}

std::string Inputs::resolve(SpecNode root, const Diagnostics& files) {
  if (!read_.empty()) redirect(root, files);
  return spec::write_yaml(root);
}

std::uint64_t Inputs::hash(const std::string& resolved) const {
  std::string all = resolved;
  for (const InputFile& copy : copies_)
    all += fmt::format("\n{} {:016x}", copy.name, text_hash(copy.text));
  return text_hash(all);
}

}  // namespace rehearse::experiments
