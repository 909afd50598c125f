// SPDX-License-Identifier: Apache-2.0
#include "kmod/core/spi.h"

#include <gtest/gtest.h>

namespace
{

TEST(Spi, RoundTrip)
{
	for (uint32_t slot : {1u, 2u, 1000u, CV_SPI_SLOTS - 1}) {
		for (uint32_t generation = 0; generation < CV_SPI_GENERATIONS; ++generation) {
			const uint32_t spi = cv_spi_make(slot, generation, 0xffffffff);
			EXPECT_EQ(cv_spi_slot(spi), slot);
			EXPECT_EQ(cv_spi_generation(spi), generation);
			EXPECT_TRUE(cv_spi_valid(spi));
		}
	}
}

TEST(Spi, ReservedValuesAreNeverOurs)
{
	EXPECT_GT(cv_spi_make(1, 0, 0), 255u); // the smallest we can make
	for (uint32_t spi = 0; spi <= 255; ++spi)
		EXPECT_FALSE(cv_spi_valid(spi));
}

TEST(Spi, GenerationsWrapInTheirOwnBits)
{
	EXPECT_EQ(cv_spi_make(7, CV_SPI_GENERATIONS, 3), cv_spi_make(7, 0, 3));
}

} // namespace
