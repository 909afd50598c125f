// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The layout of an ESP packet (RFC 4303 2):
 *
 *    | SPI 4 | sequence 4 | IV | payload | padding | pad length 1 | next header 1 | ICV |
 *                              |<----------------- encrypted ----------------->|
 *
 * All sizes are octets.
 */
#ifndef CULVERT_CORE_ESP_H
#define CULVERT_CORE_ESP_H

#include "types.h"

#define CV_ESP_HEADER_SIZE 8u
#define CV_ESP_TRAILER_SIZE 2u /* pad length and next header */
#define CV_ESP_MAX_PAD 255u
#define CV_ESP_MIN_ALIGN                                                                           \
	4u /* RFC 4303 2.4: the trailer ends on a 4-octet boundary whatever the cipher */
#define CV_ESP_MAX_IV 16u
#define CV_ESP_MAX_ICV 32u

#define CV_NEXT_HEADER_IPV4 4u /* RFC 4303 2.6: an IPv4 packet inside */
#define CV_NEXT_HEADER_IPV6 41u
#define CV_NEXT_HEADER_NONE 59u /* a dummy packet, dropped after authentication (RFC 4303 2.6) */

/* What a suite adds around a payload. `block` is the cipher's block size, 1 for a stream or counter
 * mode. */
struct cv_esp_shape {
	uint8_t iv;
	uint8_t block;
	uint8_t icv;
};

static inline size_t cv_esp_align(const struct cv_esp_shape *s)
{
	return s->block > CV_ESP_MIN_ALIGN ? s->block : CV_ESP_MIN_ALIGN;
}

/* Padding octets behind `payload` (without the two of the trailer); the alignment is a power of
 * two. */
static inline size_t cv_esp_pad(const struct cv_esp_shape *s, size_t payload)
{
	return (0 - (payload + CV_ESP_TRAILER_SIZE)) & (cv_esp_align(s) - 1);
}

static inline size_t cv_esp_packet_size(const struct cv_esp_shape *s, size_t payload)
{
	return CV_ESP_HEADER_SIZE + s->iv + payload + cv_esp_pad(s, payload) + CV_ESP_TRAILER_SIZE +
	       s->icv;
}

/* The largest payload whose packet fits in `room`; 0 if none does. */
static inline size_t cv_esp_max_payload(const struct cv_esp_shape *s, size_t room)
{
	size_t fixed = CV_ESP_HEADER_SIZE + s->iv + s->icv;
	size_t cipher;

	if (room < fixed)
		return 0;
	cipher = (room - fixed) & ~(cv_esp_align(s) - 1);
	return cipher > CV_ESP_TRAILER_SIZE ? cipher - CV_ESP_TRAILER_SIZE : 0;
}

/* Could `size` octets be a packet of this suite: room for every field, and the cipher text in whole
 * blocks? */
static inline bool cv_esp_size_valid(const struct cv_esp_shape *s, size_t size)
{
	size_t fixed = CV_ESP_HEADER_SIZE + s->iv + s->icv;

	return size >= fixed + CV_ESP_TRAILER_SIZE && (size - fixed) % cv_esp_align(s) == 0;
}

static inline void cv_esp_put_header(uint8_t *packet, uint32_t spi, uint64_t seq)
{
	cv_put_be32(packet, spi);
	cv_put_be32(packet + 4, (uint32_t)seq);
}

/* Writes padding 1, 2, 3, ... (RFC 4303 2.4), pad length and next header at `end`; returns how many
 * octets that took. */
static inline size_t cv_esp_put_trailer(uint8_t *end, size_t pad, uint8_t next_header)
{
	size_t i;

	for (i = 0; i < pad; i++)
		end[i] = (uint8_t)(i + 1);
	end[pad] = (uint8_t)pad;
	end[pad + 1] = next_header;
	return pad + CV_ESP_TRAILER_SIZE;
}

/*
 * Reads the trailer of `size` decrypted octets: false if the pad length lies or the padding is not
 * 1, 2, 3, ... (which RFC 4303 2.4 lets a receiver inspect, and which a sender MUST write).
 */
static inline bool cv_esp_get_trailer(const uint8_t *plain, size_t size, size_t *payload,
				      uint8_t *next_header)
{
	size_t pad, i;

	if (size < CV_ESP_TRAILER_SIZE)
		return false;
	pad = plain[size - 2];
	if (pad > size - CV_ESP_TRAILER_SIZE)
		return false;
	*payload = size - CV_ESP_TRAILER_SIZE - pad;
	*next_header = plain[size - 1];
	for (i = 0; i < pad; i++)
		if (plain[*payload + i] != i + 1)
			return false;
	return true;
}

#endif
