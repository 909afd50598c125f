// SPDX-License-Identifier: Apache-2.0
#include "services/configd/text/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <istream>
#include <memory>
#include <streambuf>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/configd/text/configuration_text.h"
#include "services/configd/text/json_escapes.h"

namespace culvert::configd {
namespace {

// yaml-cpp reports errors by exceptions; ours travel the same way, and none leaves this file.
struct Refused {
  int line;
  std::string message;
  std::string suggestion;
};

int LineOf(const YAML::Mark& mark) {
  return mark.line + 1;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  Node Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Place(mark, {.kind = Node::Kind::kNull}); }

  // Aliases make gigabytes of a few lines, and a reader of the file cannot see what a tunnel says.
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{LineOf(mark), "an alias (*name) is not accepted", "write the value out"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    const bool plain = tag == "?";
    if (!plain && tag != "!") RefuseTag(mark, tag);
    Place(mark, {.kind = Node::Kind::kScalar, .plain = plain, .text = value});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    if (!tag.empty() && tag != "?") RefuseTag(mark, tag);
    Open(mark, Node::Kind::kList);
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    if (!tag.empty() && tag != "?") RefuseTag(mark, tag);
    Open(mark, Node::Kind::kMap);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  // A container whose end has not come yet. In a map, keys and values alternate.
  struct Level {
    Node* node;
    bool at_value = false;
  };

  [[noreturn]] static void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    throw Refused{LineOf(mark), absl::StrCat("the tag ", Quoted(tag), " is not accepted"), "leave the tag out"};
  }

  void Open(const YAML::Mark& mark, Node::Kind kind) {
    if (open_.size() >= kMaxTextDepth) {
      throw Refused{LineOf(mark), absl::StrCat("nested deeper than ", kMaxTextDepth, " levels"), ""};
    }
    Node* node = Place(mark, {.kind = kind});
    open_.push_back({node});
  }

  // The address stays good while the node is open: nothing is added beside it before its end.
  Node* Place(const YAML::Mark& mark, Node node) {
    if (++nodes_ > kMaxTextNodes) throw Refused{LineOf(mark), absl::StrCat("more than ", kMaxTextNodes, " values"), ""};
    node.line = LineOf(mark);
    if (open_.empty()) return &(root_ = std::move(node));
    Level& level = open_.back();
    if (level.node->is_list()) return &level.node->items.emplace_back(std::move(node));
    if (!level.at_value) {
      if (!node.is_scalar()) throw Refused{node.line, "a key must be a word", ""};
      level.node->entries.push_back({std::move(node.text), node.line, {}});
      level.at_value = true;
      return nullptr;
    }
    level.at_value = false;
    return &(level.node->entries.back().value = std::move(node));
  }

  Node root_;
  std::vector<Level> open_;
  size_t nodes_ = 0;
};

// A view as the stream that yaml-cpp wants, without a copy.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(absl::string_view text) {
    char* begin = const_cast<char*>(text.data());  // never written: there is no overflow()
    setg(begin, begin, begin + text.size());
  }
};

std::optional<Node> Parse(absl::string_view text) {
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  TreeBuilder first;
  if (!parser.HandleNextDocument(first)) return std::nullopt;
  Node root = first.Take();
  if (root.is_null()) return std::nullopt;
  TreeBuilder second;
  if (parser.HandleNextDocument(second)) throw Refused{second.Take().line, "there is a second document", "remove it"};
  return root;
}

}  // namespace

std::optional<Node> ParseDocument(absl::string_view text, Problems* problems) {
  const auto refuse = [&](int line, absl::string_view message, absl::string_view suggestion) {
    problems->Error(Code::SYNTAX, "", message, suggestion, line);
    return std::nullopt;
  };
  if (text.size() > kMaxTextBytes) return refuse(0, absl::StrCat("longer than ", kMaxTextBytes, " octets"), "");
  try {
    const std::string as_yaml = LooksLikeJson(text) ? JoinSurrogates(text) : std::string();
    std::optional<Node> root = Parse(as_yaml.empty() ? text : as_yaml);
    // Applying it would remove every tunnel, which nobody means by an empty file.
    if (!root) return refuse(0, "the configuration is empty", "write \"tunnels: []\" to mean no tunnels");
    return root;
  } catch (const Refused& refused) {
    return refuse(refused.line, refused.message, refused.suggestion);
  } catch (const YAML::Exception& error) {
    return refuse(error.mark.is_null() ? 0 : LineOf(error.mark), error.msg, "");
  }
}

}  // namespace culvert::configd
