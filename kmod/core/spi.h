// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * How we spell an inbound SPI, so that finding its SA is an array index:
 *
 *     31            14 13    10 9        0
 *    | slot (1..2^18-1) | gen  |  random  |
 *
 * The generation makes a packet for a slot's former tenant find nothing; the random bits make a
 * blind guess of the SPI 1 in 1024 per slot. Slot 0 is never used, which keeps us clear of the
 * values 0..255 that RFC 4303 2.1 reserves.
 */
#ifndef CULVERT_CORE_SPI_H
#define CULVERT_CORE_SPI_H

#include "types.h"

#define CV_SPI_RANDOM_BITS 10
#define CV_SPI_GENERATION_BITS 4
#define CV_SPI_SLOT_BITS 18
#define CV_SPI_SLOTS (1u << CV_SPI_SLOT_BITS)
#define CV_SPI_GENERATIONS (1u << CV_SPI_GENERATION_BITS)

static inline uint32_t cv_spi_make(uint32_t slot, uint32_t generation, uint32_t random)
{
	return slot << (CV_SPI_GENERATION_BITS + CV_SPI_RANDOM_BITS) |
	       (generation & (CV_SPI_GENERATIONS - 1)) << CV_SPI_RANDOM_BITS |
	       (random & ((1u << CV_SPI_RANDOM_BITS) - 1));
}

static inline uint32_t cv_spi_slot(uint32_t spi)
{
	return spi >> (CV_SPI_GENERATION_BITS + CV_SPI_RANDOM_BITS);
}

static inline uint32_t cv_spi_generation(uint32_t spi)
{
	return spi >> CV_SPI_RANDOM_BITS & (CV_SPI_GENERATIONS - 1);
}

/* A lookup compares the whole SPI with the slot's tenant; this only says that the value can be one
 * of ours. */
static inline bool cv_spi_valid(uint32_t spi)
{
	return cv_spi_slot(spi) != 0;
}

#endif
