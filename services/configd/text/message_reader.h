// SPDX-License-Identifier: Apache-2.0
// Fills a message of any type from a tree of text, by its descriptor.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/container/flat_hash_map.h"
#include "services/configd/form/problem.h"
#include "services/configd/text/configuration_text.h"
#include "services/configd/text/document.h"

namespace culvert::configd {

class MessageReader {
 public:
  using Lines = absl::flat_hash_map<std::string, int>;

  MessageReader(const ReadOptions& options, Problems* problems, Lines* lines)
      : options_(options), problems_(*problems), lines_(*lines) {}

  // `path` is that of the message itself, "" at the top.
  void Read(const Node& node, const std::string& path, google::protobuf::Message* message);

 private:
  using Field = google::protobuf::FieldDescriptor;

  void ReadField(const Node& node, const std::string& path, const Field& field, google::protobuf::Message* message);
  void ReadList(const Node& node, const std::string& path, const Field& field, google::protobuf::Message* message);
  void ReadMap(const Node& node, const std::string& path, const Field& field, google::protobuf::Message* message);
  void ReadValue(const Node& node, const std::string& path, const Field& field, google::protobuf::Message* message);
  void ReadScalar(const Node& node, const std::string& path, const Field& field, google::protobuf::Message* message);
  void ReadEnum(const Node& node, const std::string& path, const Field& field, google::protobuf::Message* message);
  void ReadDuration(const Node& node, const std::string& path, google::protobuf::Message* message);
  void ReadFile(const Node& node, const std::string& path, const Field& field, google::protobuf::Message* message);

  void WrongType(const Node& node, const std::string& path, absl::string_view wanted);
  void UnknownField(const Node::Entry& entry, const std::string& path, const google::protobuf::Descriptor& type);

  const ReadOptions& options_;
  Problems& problems_;
  Lines& lines_;
};

}  // namespace culvert::configd
