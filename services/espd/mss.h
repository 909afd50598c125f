// SPDX-License-Identifier: Apache-2.0
// Limits the maximum segment size that a TCP SYN announces (RFC 9293 3.7.1) to what a tunnel carries whole.
#pragma once

#include <cstdint>

#include "kmod/core/selector.h"

namespace culvert::espd {

// `ip` is a whole packet that cv_inner_read() read into `inner`. Anything but a SYN with a larger MSS is left alone.
// `fix_checksum` false: the field holds the pseudo-header's sum only, which an option does not change.
void ClampTcpMss(uint8_t* ip, const cv_inner& inner, uint32_t mtu, bool fix_checksum);

}  // namespace culvert::espd
