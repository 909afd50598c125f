// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The anti-replay window of RFC 4303 3.4.3, as the block ring of RFC 6479: moving the window
 * forward clears whole words and never shifts. Sequence numbers are 64 bits wide inside; without
 * ESN the upper half stays 0.
 *
 * Order for one packet (RFC 4303 3.4.3): extend, check, authenticate, set. A packet that fails
 * authentication must leave no trace. The caller serialises the calls for one SA.
 */
#ifndef CULVERT_CORE_REPLAY_H
#define CULVERT_CORE_REPLAY_H

#include "types.h"

#define CV_REPLAY_WORD_BITS 64u
#define CV_REPLAY_WORDS 32u /* a power of two, so that the ring index is a mask */
#define CV_REPLAY_RING_BITS (CV_REPLAY_WORDS * CV_REPLAY_WORD_BITS)
/* One word of the ring is always partly ahead of the window (RFC 6479 2). */
#define CV_REPLAY_MAX_WINDOW (CV_REPLAY_RING_BITS - CV_REPLAY_WORD_BITS)
#define CV_REPLAY_DEFAULT_WINDOW 1024u

struct cv_replay {
	uint64_t top;	 /* highest authenticated sequence number; 0 before the first */
	uint32_t window; /* packets; 0 turns the check off, as RFC 4303 3.4.3 allows */
	uint64_t ring[CV_REPLAY_WORDS];
};

/* A window larger than the ring holds is cut to CV_REPLAY_MAX_WINDOW. */
static inline void cv_replay_init(struct cv_replay *r, uint32_t window)
{
	unsigned int i;

	r->top = 0;
	r->window = window < CV_REPLAY_MAX_WINDOW ? window : CV_REPLAY_MAX_WINDOW;
	for (i = 0; i < CV_REPLAY_WORDS; i++)
		r->ring[i] = 0;
}

/*
 * The 64-bit number that the 32 bits of a header stand for: RFC 4303 A2.1, with the window's bottom
 * rather than its top deciding, so that a late packet of the old half is not taken for one of the
 * next. Without ESN the bits themselves.
 */
static inline uint64_t cv_replay_extend(const struct cv_replay *r, uint32_t low, bool esn)
{
	uint32_t window = r->window ? r->window : CV_REPLAY_DEFAULT_WINDOW;
	uint32_t top_low = (uint32_t)r->top;
	uint64_t high = r->top >> 32;

	if (!esn)
		return low;
	if (top_low >= window - 1) {
		/* The window lies inside one 2^32 subspace (A2.1 case A): lower than it means the
		 * next one. */
		if (low < top_low - window + 1)
			high++;
	} else if (high > 0 && low >= top_low - window + 1) {
		/* The window straddles a boundary (case B): the large numbers belong to the one
		 * before. */
		high--;
	}
	return high << 32 | low;
}

/* May this number still be accepted? Sequence number 0 is never sent (RFC 4303 3.3.3). */
static inline bool cv_replay_check(const struct cv_replay *r, uint64_t seq)
{
	if (seq == 0)
		return false;
	if (seq > r->top || r->window == 0)
		return true;
	if (r->top - seq >= r->window)
		return false;
	return !(r->ring[seq / CV_REPLAY_WORD_BITS % CV_REPLAY_WORDS] >>
		     (seq % CV_REPLAY_WORD_BITS) &
		 1);
}

/* Records an authenticated number that cv_replay_check() passed. */
static inline void cv_replay_set(struct cv_replay *r, uint64_t seq)
{
	uint64_t word = seq / CV_REPLAY_WORD_BITS;

	if (seq > r->top) {
		uint64_t ahead = word - r->top / CV_REPLAY_WORD_BITS;
		uint64_t i;

		if (ahead > CV_REPLAY_WORDS)
			ahead = CV_REPLAY_WORDS;
		for (i = 0; i < ahead; i++)
			r->ring[(word - i) % CV_REPLAY_WORDS] = 0;
		r->top = seq;
	}
	r->ring[word % CV_REPLAY_WORDS] |= 1ull << (seq % CV_REPLAY_WORD_BITS);
}

#endif
