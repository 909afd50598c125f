// SPDX-License-Identifier: Apache-2.0
#include "kmod/core/replay.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace
{

constexpr uint64_t k32 = 1ull << 32;

cv_replay Window(uint32_t size)
{
	cv_replay r;
	cv_replay_init(&r, size);
	return r;
}

bool Accept(cv_replay &r, uint64_t seq)
{
	if (!cv_replay_check(&r, seq))
		return false;
	cv_replay_set(&r, seq);
	return true;
}

TEST(Replay, TruthTable)
{
	struct Row {
		std::vector<uint64_t> accepted;
		uint64_t next;
		bool ok;
	};
	const Row table[] = {
	    {{}, 0, false}, // never sent
	    {{}, 1, true},
	    {{1}, 1, false},
	    {{1}, 2, true},
	    {{2}, 1, true}, // reordered
	    {{2, 1}, 1, false},
	    {{1024}, 1, true}, // the oldest in a window of 1024
	    {{1025}, 1, false},
	    {{1025}, 2, true},
	    {{100000}, 98977, true},
	    {{100000}, 98976, false},
	    {{1, 5000}, 5000 - 2048, false},	  // same ring position, a lap behind
	    {{1, 64, 2112}, 64 + 2048 - 1, true}, // a lap clears what it passes
	    {{0xffffffff}, 0xfffffffe, true},
	    {{k32 + 5}, k32 + 4, true},
	    {{k32 + 5}, 0xffffffff, true},
	};
	for (const Row &row : table) {
		cv_replay r = Window(1024);
		for (uint64_t seq : row.accepted)
			ASSERT_TRUE(Accept(r, seq)) << seq;
		EXPECT_EQ(cv_replay_check(&r, row.next), row.ok) << row.next;
	}
}

TEST(Replay, WindowIsCutToTheRingAndZeroTurnsItOff)
{
	EXPECT_EQ(Window(1u << 20).window, CV_REPLAY_MAX_WINDOW);
	cv_replay off = Window(0);
	EXPECT_TRUE(Accept(off, 7));
	EXPECT_TRUE(Accept(off, 7));
}

TEST(Replay, AgreesWithASetOfAllNumbersSeen)
{
	std::mt19937_64 random(1);
	for (uint32_t window : {32u, 64u, 100u, 1024u, CV_REPLAY_MAX_WINDOW}) {
		cv_replay r = Window(window);
		std::set<uint64_t> seen;
		uint64_t top = 0;
		for (int i = 0; i < 200000; ++i) {
			const uint64_t near = top + 8 > window + 40 ? top + 8 - window - 40 : 1;
			uint64_t seq = near + random() % (window + 48);
			if (i % 997 == 0)
				seq = top + random() % 5000;
			const bool want =
			    seq != 0 && (seq > top || (top - seq < window && !seen.contains(seq)));
			ASSERT_EQ(Accept(r, seq), want)
			    << "window " << window << " top " << top << " seq " << seq;
			if (want) {
				seen.insert(seq);
				top = std::max(top, seq);
			}
		}
	}
}

TEST(Replay, ExtendsTheSequenceNumber)
{
	struct Row {
		uint64_t top;
		uint32_t low;
		uint64_t want;
	};
	const Row table[] = {
	    {0, 1, 1},
	    {5, 4, 4},
	    {5, 0xfffffff0, 0xfffffff0}, // no subspace before the first
	    {5000, 4000, 4000},
	    {5000, 3977, 3977},		       // the window's last
	    {5000, 3976, k32 + 3976},	       // below it: only the next subspace can mean that
	    {0xfffffff0, 3, k32 + 3},	       // wrapped
	    {k32 + 3, 0xfffffff0, 0xfffffff0}, // a late one from before the wrap
	    {k32 + 3, 4, k32 + 4},
	    {3 * k32 + 2000, 0xffffffff, 3 * k32 + 0xffffffff},
	};
	for (const Row &row : table) {
		cv_replay r = Window(1024);
		r.top = row.top;
		EXPECT_EQ(cv_replay_extend(&r, row.low, true), row.want)
		    << row.top << " " << row.low;
		EXPECT_EQ(cv_replay_extend(&r, row.low, false), row.low);
	}
}

} // namespace
