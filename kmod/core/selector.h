// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Inner packets and the traffic selectors of RFC 4301 4.4.1.1: which flow is this packet of, and
 * does a selector cover it? Addresses are in network order, IPv4 in the first four octets of
 * sixteen and the rest zero; ports in host order.
 */
#ifndef CULVERT_CORE_SELECTOR_H
#define CULVERT_CORE_SELECTOR_H

#include "types.h"

#define CV_PROTO_ANY 0u
#define CV_PROTO_HOPOPTS 0u
#define CV_PROTO_ICMP 1u
#define CV_PROTO_TCP 6u
#define CV_PROTO_UDP 17u
#define CV_PROTO_ROUTING 43u
#define CV_PROTO_FRAGMENT 44u
#define CV_PROTO_AH 51u
#define CV_PROTO_ICMPV6 58u
#define CV_PROTO_DSTOPTS 60u
#define CV_PROTO_DCCP 33u
#define CV_PROTO_SCTP 132u
#define CV_PROTO_MOBILITY 135u
#define CV_PROTO_UDPLITE 136u

#define CV_IPV4_HEADER_MIN 20u
#define CV_IPV6_HEADER 40u
#define CV_MAX_EXTENSION_HEADERS 8

/* All octets are significant (no padding), so flows may be hashed and compared as memory. */
struct cv_flow {
	uint8_t source[16];
	uint8_t destination[16];
	uint16_t
	    source_port; /* ICMP: type << 8 | code in both ports, as RFC 7296 3.13.1 packs them */
	uint16_t destination_port;
	uint8_t version; /* 4 or 6 */
	uint8_t protocol;
	uint8_t opaque; /* 1: ports unknown, a later fragment or a protocol without them (RFC
			   4301 4.4.1.1 OPAQUE) */
	uint8_t reserved;
};

/* An inner packet after its header was read. */
struct cv_inner {
	struct cv_flow flow;
	uint32_t size; /* by its own length field; what follows is TFC padding (RFC 4303 2.7) */
	uint16_t transport; /* offset of the transport header */
	uint8_t tos;	    /* IPv4 TOS or IPv6 traffic class */
	bool fragment;
};

struct cv_range {
	uint8_t first[16];
	uint8_t last[16];
};

struct cv_port_range {
	uint16_t
	    first; /* 0..65535 is ANY; 65535..0, first above last, is OPAQUE (RFC 7296 3.13.1) */
	uint16_t last;
};

/* One direction's view: source and destination of packets that leave through the SA. */
struct cv_selector {
	struct cv_range source;
	struct cv_range destination;
	struct cv_port_range source_port;
	struct cv_port_range destination_port;
	uint8_t version; /* 4 or 6 */
	uint8_t protocol;
};

static inline bool cv_in_range(const struct cv_range *r, const uint8_t *address, uint8_t version)
{
	if (version == 4)
		return __builtin_memcmp(address, r->first, 4) >= 0 &&
		       __builtin_memcmp(address, r->last, 4) <= 0;
	return __builtin_memcmp(address, r->first, 16) >= 0 &&
	       __builtin_memcmp(address, r->last, 16) <= 0;
}

static inline bool cv_port_matches(const struct cv_port_range *r, uint16_t port, bool opaque)
{
	if (r->first == 0 && r->last == 0xffff)
		return true;
	if (opaque)
		return r->first > r->last;
	return port >= r->first && port <= r->last;
}

/* Does the flow of a packet that is about to leave (`outbound`) or has come in lie inside the
 * selector? */
static inline bool cv_selector_matches(const struct cv_selector *s, const struct cv_flow *f,
				       bool outbound)
{
	const uint8_t *near = outbound ? f->source : f->destination;
	const uint8_t *far = outbound ? f->destination : f->source;
	uint16_t near_port = outbound ? f->source_port : f->destination_port;
	uint16_t far_port = outbound ? f->destination_port : f->source_port;

	return s->version == f->version &&
	       (s->protocol == CV_PROTO_ANY || s->protocol == f->protocol) &&
	       cv_in_range(&s->destination, far, f->version) &&
	       cv_in_range(&s->source, near, f->version) &&
	       cv_port_matches(&s->source_port, near_port, f->opaque) &&
	       cv_port_matches(&s->destination_port, far_port, f->opaque);
}

/* Fills in the ports behind the transport offset; false if the transport header that should be
 * there is cut off. */
static inline bool cv_inner_ports(const uint8_t *p, struct cv_inner *in)
{
	size_t left = in->size - in->transport;

	switch (in->flow.protocol) {
	case CV_PROTO_TCP:
	case CV_PROTO_UDP:
	case CV_PROTO_UDPLITE:
	case CV_PROTO_SCTP:
	case CV_PROTO_DCCP:
		if (left < 4)
			return false;
		in->flow.source_port = cv_get_be16(p + in->transport);
		in->flow.destination_port = cv_get_be16(p + in->transport + 2);
		return true;
	case CV_PROTO_ICMP:
	case CV_PROTO_ICMPV6:
		if (left < 2)
			return false;
		in->flow.source_port = cv_get_be16(p + in->transport);
		in->flow.destination_port = in->flow.source_port;
		return true;
	default:
		in->flow.opaque = 1;
		return true;
	}
}

static inline bool cv_inner_read_v4(const uint8_t *p, size_t available, struct cv_inner *in)
{
	uint16_t fragment;

	if (available < CV_IPV4_HEADER_MIN)
		return false;
	in->transport = (uint16_t)((p[0] & 15) * 4);
	in->size = cv_get_be16(p + 2);
	if (in->transport < CV_IPV4_HEADER_MIN || in->size < in->transport || in->size > available)
		return false;
	in->tos = p[1];
	in->flow.version = 4;
	in->flow.protocol = p[9];
	__builtin_memcpy(in->flow.source, p + 12, 4);
	__builtin_memcpy(in->flow.destination, p + 16, 4);
	fragment = cv_get_be16(p + 6) & 0x3fff;
	in->fragment = fragment != 0;
	if ((fragment & 0x1fff) != 0) {
		in->flow.opaque = 1;
		return true;
	}
	return cv_inner_ports(p, in);
}

static inline bool cv_inner_read_v6(const uint8_t *p, size_t available, struct cv_inner *in)
{
	uint32_t at = CV_IPV6_HEADER;
	uint8_t next;
	int i;

	if (available < CV_IPV6_HEADER)
		return false;
	in->size = CV_IPV6_HEADER + cv_get_be16(p + 4);
	if (in->size > available)
		return false;
	in->tos = (uint8_t)(cv_get_be16(p) >> 4);
	in->flow.version = 6;
	__builtin_memcpy(in->flow.source, p + 8, 16);
	__builtin_memcpy(in->flow.destination, p + 24, 16);
	next = p[6];
	for (i = 0; i <= CV_MAX_EXTENSION_HEADERS; i++) {
		uint32_t size;

		switch (next) {
		case CV_PROTO_HOPOPTS:
		case CV_PROTO_ROUTING:
		case CV_PROTO_DSTOPTS:
		case CV_PROTO_MOBILITY:
		case CV_PROTO_AH:
		case CV_PROTO_FRAGMENT:
			break;
		default:
			in->transport = (uint16_t)at;
			in->flow.protocol = next;
			return cv_inner_ports(p, in);
		}
		if (in->size - at < 8)
			return false;
		if (next == CV_PROTO_FRAGMENT) {
			uint16_t offset = cv_get_be16(p + at + 2) & 0xfff8;

			in->fragment = true;
			size = 8;
			if (offset != 0) {
				in->transport = (uint16_t)(at + size);
				in->flow.protocol = p[at];
				in->flow.opaque = 1;
				return true;
			}
		} else {
			/* RFC 4302 2.2 counts AH in words less two, RFC 8200 4 the others in eights
			 * less one. */
			size = next == CV_PROTO_AH ? (p[at + 1] + 2u) * 4 : (p[at + 1] + 1u) * 8;
		}
		if (size > in->size - at)
			return false;
		next = p[at];
		at += size;
	}
	return false; /* a longer chain is nobody's honest packet */
}

/*
 * Reads the IPv4 or IPv6 packet at `p`, of which `available` octets are there. False if it is not
 * one, or if any of its lengths lies; the header checksum is left to the stack that routes the
 * packet.
 */
static inline bool cv_inner_read(const uint8_t *p, size_t available, struct cv_inner *in)
{
	__builtin_memset(in, 0, sizeof(*in));
	if (available < 1)
		return false;
	switch (p[0] >> 4) {
	case 4:
		return cv_inner_read_v4(p, available, in);
	case 6:
		return cv_inner_read_v6(p, available, in);
	default:
		return false;
	}
}

#endif
