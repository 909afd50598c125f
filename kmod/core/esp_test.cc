// SPDX-License-Identifier: Apache-2.0
#include "kmod/core/esp.h"

#include <gtest/gtest.h>

#include <vector>

namespace
{

constexpr cv_esp_shape kGcm = {8, 1, 16};
constexpr cv_esp_shape kCbcSha256 = {16, 16, 16};
constexpr cv_esp_shape k3DesSha1 = {8, 8, 12};

TEST(Esp, Sizes)
{
	struct Row {
		cv_esp_shape shape;
		size_t payload, pad, packet;
	};
	const Row table[] = {
	    {kGcm, 0, 2, 36},	      {kGcm, 1, 1, 36},
	    {kGcm, 2, 0, 36},	      {kGcm, 3, 3, 40},
	    {kGcm, 1438, 0, 1472},    {kCbcSha256, 14, 0, 56},
	    {kCbcSha256, 15, 15, 72}, {kCbcSha256, 1422, 0, 1464},
	    {k3DesSha1, 84, 2, 116},
	};
	for (const Row &row : table) {
		EXPECT_EQ(cv_esp_pad(&row.shape, row.payload), row.pad) << row.payload;
		EXPECT_EQ(cv_esp_packet_size(&row.shape, row.payload), row.packet) << row.payload;
	}
}

TEST(Esp, TheLargestPayloadFitsAndOneMoreDoesNot)
{
	for (const cv_esp_shape &shape : {kGcm, kCbcSha256, k3DesSha1}) {
		for (size_t room = 0; room < 3000; ++room) {
			const size_t payload = cv_esp_max_payload(&shape, room);
			if (payload > 0) {
				EXPECT_LE(cv_esp_packet_size(&shape, payload), room);
				EXPECT_GT(cv_esp_packet_size(&shape, payload + 1), room);
			}
		}
	}
}

TEST(Esp, SizesThatNoSenderMakes)
{
	for (size_t size = 0; size < 36; ++size)
		EXPECT_FALSE(cv_esp_size_valid(&kGcm, size))
		    << size; // header, IV and ICV alone are 32
	EXPECT_TRUE(cv_esp_size_valid(&kGcm, 36));
	EXPECT_FALSE(cv_esp_size_valid(&kGcm, 37));
	EXPECT_FALSE(cv_esp_size_valid(&kCbcSha256, 40 + 15));
	EXPECT_TRUE(cv_esp_size_valid(&kCbcSha256, 40 + 16));
}

TEST(Esp, TrailerRoundTrip)
{
	for (size_t payload = 0; payload < 64; ++payload) {
		std::vector<uint8_t> plain(payload + 32, 0xee);
		const size_t pad = cv_esp_pad(&kCbcSha256, payload);
		const size_t size =
		    payload + cv_esp_put_trailer(plain.data() + payload, pad, CV_NEXT_HEADER_IPV6);
		size_t got = 999;
		uint8_t next = 0;
		ASSERT_TRUE(cv_esp_get_trailer(plain.data(), size, &got, &next));
		EXPECT_EQ(got, payload);
		EXPECT_EQ(next, CV_NEXT_HEADER_IPV6);
	}
}

TEST(Esp, BadTrailers)
{
	struct Row {
		std::vector<uint8_t> plain;
		bool ok;
	};
	const Row table[] = {
	    {{}, false},
	    {{4}, false},
	    {{0, 4}, true},  // no payload, no padding
	    {{1, 4}, false}, // padding longer than what there is
	    {{255, 4}, false},
	    {{1, 2, 2, 41}, true},
	    {{1, 3, 2, 41}, false}, // not monotonic
	    {{0, 0, 2, 41}, false}, // zeros
	    {{9, 9, 1, 2, 3, 3, 4}, true},
	};
	for (const Row &row : table) {
		size_t payload;
		uint8_t next;
		EXPECT_EQ(cv_esp_get_trailer(row.plain.data(), row.plain.size(), &payload, &next),
			  row.ok);
	}
}

} // namespace
