// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/writer.h"

#include <cstdlib>

namespace culvert::wire {

Writer::Length::Length(Writer& writer, size_t start, size_t width)
    : writer_(writer), start_(start), at_(writer.size()), width_(width) {
  writer_.Zeros(width);
}

Writer::Length::~Length() {
  const uint64_t length = writer_.size() - start_;
  if (length >> (8 * width_) != 0) std::abort();
  for (size_t i = 0; i < width_; ++i) {
    writer_.bytes_[at_ + i] = static_cast<uint8_t>(length >> (8 * (width_ - 1 - i)));
  }
}

Writer::Length PayloadChain::Begin(uint8_t type, bool critical) {
  constexpr uint8_t kCritical = 0x80;  // RFC 7296 3.2
  SetNext(type);
  const size_t start = writer_.size();
  next_at_ = start;
  writer_.U8(0);  // the next payload, if one comes
  writer_.U8(critical ? kCritical : 0);
  return {writer_, start, 2};
}

void PayloadChain::SetNext(uint8_t type) {
  writer_.mutable_view()[next_at_] = type;
}

}  // namespace culvert::wire
