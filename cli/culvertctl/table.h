// SPDX-License-Identifier: Apache-2.0
// A table for people: columns as wide as they need to be, two spaces apart, numbers to the right.
#pragma once

#include <string>
#include <vector>

namespace culvert::ctl {

class Table {
 public:
  // A title that starts with '>' makes its column right-aligned; the '>' is not shown.
  explicit Table(std::vector<std::string> titles);

  // As many cells as there are titles. An empty cell is shown as "-".
  void Row(std::vector<std::string> cells);
  // A line of text below the row before it, indented.
  void Note(const std::string& text);

  std::string ToString() const;

 private:
  struct Line {
    std::vector<std::string> cells;
    std::string note;  // where there are no cells
  };

  std::vector<std::string> titles_;
  std::vector<bool> right_;
  std::vector<Line> lines_;
};

}  // namespace culvert::ctl
