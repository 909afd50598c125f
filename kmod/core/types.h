// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* The few words that the kernel and user space spell differently, and big-endian access to packet
 * bytes. */
#ifndef CULVERT_CORE_TYPES_H
#define CULVERT_CORE_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

static inline uint16_t cv_get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t cv_get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void cv_put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void cv_put_be32(uint8_t *p, uint32_t v)
{
	cv_put_be16(p, (uint16_t)(v >> 16));
	cv_put_be16(p + 2, (uint16_t)v);
}

static inline void cv_put_be64(uint8_t *p, uint64_t v)
{
	cv_put_be32(p, (uint32_t)(v >> 32));
	cv_put_be32(p + 4, (uint32_t)v);
}

#endif
