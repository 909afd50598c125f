// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Compiles every header of this directory as freestanding C11, as Kbuild does. */
#include "esp.h"
#include "replay.h"
#include "selector.h"
#include "spi.h"
