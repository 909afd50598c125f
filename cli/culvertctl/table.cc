// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/table.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace culvert::ctl {
namespace {

// Columns on a terminal: code points, which is right for everything that we print.
size_t Width(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char octet) { return (octet & 0xc0) != 0x80; }));
}

}  // namespace

Table::Table(std::vector<std::string> titles) : titles_(std::move(titles)) {
  for (std::string& title : titles_) {
    const bool right = !title.empty() && title.front() == '>';
    right_.push_back(right);
    if (right) title.erase(0, 1);
  }
}

void Table::Row(std::vector<std::string> cells) {
  for (std::string& cell : cells) {
    if (cell.empty()) cell.push_back('-');
  }
  cells.resize(titles_.size(), "-");
  lines_.push_back({std::move(cells), ""});
}

void Table::Note(const std::string& text) {
  lines_.push_back({{}, text});
}

std::string Table::ToString() const {
  std::vector<size_t> widths;
  for (const std::string& title : titles_) widths.push_back(Width(title));
  for (const Line& line : lines_) {
    for (size_t i = 0; i < line.cells.size(); ++i) widths[i] = std::max(widths[i], Width(line.cells[i]));
  }

  std::string out;
  const auto append = [&](const std::vector<std::string>& cells) {
    std::string row;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - Width(cells[i]), ' ');
      absl::StrAppend(&row, i == 0 ? "" : "  ", right_[i] ? padding : "", cells[i], right_[i] ? "" : padding);
    }
    absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(row), "\n");
  };
  append(titles_);
  for (const Line& line : lines_) {
    if (line.cells.empty()) {
      absl::StrAppend(&out, "    ", line.note, "\n");
    } else {
      append(line.cells);
    }
  }
  return out;
}

}  // namespace culvert::ctl
