// SPDX-License-Identifier: Apache-2.0
#include "kmod/core/selector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace
{

using Packet = std::vector<uint8_t>;

Packet V4(uint8_t protocol, uint16_t fragment, Packet payload, int total = -1, uint8_t ihl = 5)
{
	Packet p(20);
	p[0] = 0x40 | ihl;
	p[1] = 0xb9;
	cv_put_be16(&p[6], fragment);
	p[9] = protocol;
	cv_put_be32(&p[12], 0x0a010005); // 10.1.0.5
	cv_put_be32(&p[16], 0x0a020007); // 10.2.0.7
	p.insert(p.end(), payload.begin(), payload.end());
	cv_put_be16(&p[2], static_cast<uint16_t>(total < 0 ? p.size() : total));
	return p;
}

Packet V6(uint8_t next, Packet payload, int length = -1)
{
	Packet p(40);
	p[0] = 0x6b;
	p[1] = 0x90;
	p[6] = next;
	p[8] = 0xfd;
	p[23] = 1; // fd00::1
	p[24] = 0xfd;
	p[39] = 2; // fd00::2
	p.insert(p.end(), payload.begin(), payload.end());
	cv_put_be16(&p[4], static_cast<uint16_t>(length < 0 ? payload.size() : length));
	return p;
}

const Packet kPorts = {0x30, 0x39, 0x00, 0x50, 0, 0, 0, 0}; // 12345 -> 80

TEST(Inner, Reads)
{
	struct Row {
		const char *name;
		Packet packet;
		bool ok;
		uint8_t protocol;
		uint16_t source_port, destination_port;
		bool opaque;
		uint16_t transport;
	};
	const Row table[] = {
	    {"udp", V4(17, 0, kPorts), true, 17, 12345, 80, false, 20},
	    {"tcp, DF", V4(6, 0x4000, kPorts), true, 6, 12345, 80, false, 20},
	    {"icmp echo", V4(1, 0, {8, 0, 1, 2}), true, 1, 0x800, 0x800, false, 20},
	    {"first fragment has ports", V4(17, 0x2000, kPorts), true, 17, 12345, 80, false, 20},
	    {"later fragment has none", V4(17, 0x2005, kPorts), true, 17, 0, 0, true, 20},
	    {"gre has none", V4(47, 0, kPorts), true, 47, 0, 0, true, 20},
	    {"options", V4(17, 0, {1, 1, 1, 1, 0x30, 0x39, 0, 0x50}, -1, 6), true, 17, 12345, 80,
	     false, 24},
	    {"TFC padding behind", V4(17, 0, {0x30, 0x39, 0, 80, 9, 9, 9}, 24), true, 17, 12345, 80,
	     false, 20},
	    {"v6 udp", V6(17, kPorts), true, 17, 12345, 80, false, 40},
	    {"v6 hop-by-hop", V6(0, {17, 0, 0, 0, 0, 0, 0, 0, 0x30, 0x39, 0, 80}), true, 17, 12345,
	     80, false, 48},
	    {"v6 first fragment", V6(44, {17, 0, 0, 1, 0, 0, 0, 0, 0x30, 0x39, 0, 80}), true, 17,
	     12345, 80, false, 48},
	    {"v6 later fragment", V6(44, {17, 0, 0, 9, 0, 0, 0, 0, 1, 2, 3, 4}), true, 17, 0, 0,
	     true, 48},
	    {"v6 AH", V6(51, {17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x30, 0x39, 0, 80}), true, 17,
	     12345, 80, false, 52},
	    {"empty", {}, false, 0, 0, 0, false, 0},
	    {"version 5", Packet(40, 0x55), false, 0, 0, 0, false, 0},
	    {"v4 cut header", Packet(19, 0x45), false, 0, 0, 0, false, 0},
	    {"v4 length above the packet", V4(17, 0, kPorts, 29), false, 0, 0, 0, false, 0},
	    {"v4 length below its header", V4(17, 0, kPorts, 19), false, 0, 0, 0, false, 0},
	    {"v4 header below 20", V4(17, 0, kPorts, -1, 4), false, 0, 0, 0, false, 0},
	    {"v4 header above the packet", V4(17, 0, kPorts, -1, 15), false, 0, 0, 0, false, 0},
	    {"udp without ports", V4(17, 0, {1, 2, 3}), false, 0, 0, 0, false, 0},
	    {"icmp of one octet", V4(1, 0, {8}), false, 0, 0, 0, false, 0},
	    {"v6 cut header", Packet(39, 0x60), false, 0, 0, 0, false, 0},
	    {"v6 length above the packet", V6(17, kPorts, 9), false, 0, 0, 0, false, 0},
	    {"v6 extension header runs over", V6(0, {17, 1, 0, 0, 0, 0, 0, 0}), false, 0, 0, 0,
	     false, 0},
	    {"v6 extension header cut", V6(0, {17, 0, 0, 0}), false, 0, 0, 0, false, 0},
	};
	for (const Row &row : table) {
		cv_inner in;
		// An exact copy on the heap, so that ASan sees one octet too far.
		const Packet exact(row.packet);
		ASSERT_EQ(cv_inner_read(exact.data(), exact.size(), &in), row.ok) << row.name;
		if (!row.ok)
			continue;
		EXPECT_EQ(in.flow.protocol, row.protocol) << row.name;
		EXPECT_EQ(in.flow.opaque != 0, row.opaque) << row.name;
		EXPECT_EQ(in.transport, row.transport) << row.name;
		EXPECT_EQ(in.tos, 0xb9) << row.name;
		if (!row.opaque) {
			EXPECT_EQ(in.flow.source_port, row.source_port) << row.name;
			EXPECT_EQ(in.flow.destination_port, row.destination_port) << row.name;
		}
	}
}

TEST(Inner, ALongChainOfExtensionHeadersIsRefused)
{
	Packet chain;
	for (int i = 0; i <= CV_MAX_EXTENSION_HEADERS; ++i)
		chain.insert(chain.end(), {60, 0, 0, 0, 0, 0, 0, 0});
	cv_inner in;
	const Packet p = V6(60, chain);
	EXPECT_FALSE(cv_inner_read(p.data(), p.size(), &in));
}

cv_selector Any4()
{
	cv_selector s{};
	s.version = 4;
	std::memset(s.source.last, 0xff, 4);
	std::memset(s.destination.last, 0xff, 4);
	s.source_port = {0, 0xffff};
	s.destination_port = {0, 0xffff};
	return s;
}

cv_range Range4(uint32_t first, uint32_t last)
{
	cv_range r{};
	cv_put_be32(r.first, first);
	cv_put_be32(r.last, last);
	return r;
}

TEST(Selector, TruthTable)
{
	cv_inner tcp, later, v6;
	const Packet tcp_packet = V4(6, 0, kPorts), later_packet = V4(6, 5, kPorts),
		     v6_packet = V6(6, kPorts);
	ASSERT_TRUE(cv_inner_read(tcp_packet.data(), tcp_packet.size(), &tcp));
	ASSERT_TRUE(cv_inner_read(later_packet.data(), later_packet.size(), &later));
	ASSERT_TRUE(cv_inner_read(v6_packet.data(), v6_packet.size(), &v6));

	const auto with = [](auto change) {
		cv_selector s = Any4();
		change(s);
		return s;
	};
	struct Row {
		const char *name;
		cv_selector selector;
		const cv_inner *packet;
		bool out, in;
	};
	const Row table[] = {
	    {"any", Any4(), &tcp, true, true},
	    {"any, other family", Any4(), &v6, false, false},
	    {"protocol", with([](auto &s) { s.protocol = 6; }), &tcp, true, true},
	    {"other protocol", with([](auto &s) { s.protocol = 17; }), &tcp, false, false},
	    {"source", with([](auto &s) { s.source = Range4(0x0a010000, 0x0a0100ff); }), &tcp, true,
	     false},
	    {"destination", with([](auto &s) { s.destination = Range4(0x0a020000, 0x0a0200ff); }),
	     &tcp, true, false},
	    {"range's first", with([](auto &s) { s.source = Range4(0x0a010005, 0x0a010005); }),
	     &tcp, true, false},
	    {"one above", with([](auto &s) { s.source = Range4(0x0a010006, 0x0a0100ff); }), &tcp,
	     false, false},
	    {"one below", with([](auto &s) { s.source = Range4(0x0a010000, 0x0a010004); }), &tcp,
	     false, false},
	    {"port", with([](auto &s) {
		     s.destination_port = {80, 80};
	     }),
	     &tcp, true, false},
	    {"port range", with([](auto &s) {
		     s.source_port = {12000, 13000};
	     }),
	     &tcp, true, false},
	    {"port against a fragment", with([](auto &s) {
		     s.destination_port = {80, 80};
	     }),
	     &later, false, false},
	    {"opaque port, fragment", with([](auto &s) {
		     s.destination_port = {65535, 0};
	     }),
	     &later, true, true},
	    {"opaque port, whole packet", with([](auto &s) {
		     s.destination_port = {65535, 0};
	     }),
	     &tcp, false, false},
	    {"any port, fragment", Any4(), &later, true, true},
	};
	for (const Row &row : table) {
		EXPECT_EQ(cv_selector_matches(&row.selector, &row.packet->flow, true), row.out)
		    << row.name;
		EXPECT_EQ(cv_selector_matches(&row.selector, &row.packet->flow, false), row.in)
		    << row.name;
	}
}

} // namespace
