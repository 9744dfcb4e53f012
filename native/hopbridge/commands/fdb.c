// SPDX-License-Identifier: GPL-2.0-only
/* The forwarding database as a command: show, add, del, flush, in the words of bridge(8). */
#include "fdb.h"
#include "../maps.h"
#include "../pin/saved.h"
#include "../plan/port_options.h"
#include "../say.h"
#include "clock.h"
#include "number.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_aged(const struct bridge *bridge, const struct fdb_entry *entry, uint64_t now)
{
	uint64_t ageing_ns = bridge->plan->ageing_ms * 1000000ULL;

	return ageing_ns && now > entry->seen_ns && now - entry->seen_ns > ageing_ns;
}

/* All keys of a map at that moment: their number. A map in motion may end the walk early or go round: it is bounded. */
static int keys_of(int map, struct fdb_key *keys, int most)
{
	struct fdb_key *last = NULL;
	int n = 0;

	while (n < most && !bpf_map_get_next_key(map, last, &keys[n]))
		last = &keys[n++];
	return n;
}

static struct fdb_key *room_for(uint32_t n)
{
	struct fdb_key *keys = calloc(n, sizeof(*keys));

	if (!keys)
		refuse(NULL, "memory", "free some", "no memory for %u addresses", n);
	return keys;
}

uint32_t count_fdb(const struct bridge *bridge)
{
	struct fdb_key *keys = room_for(bridge->plan->fdb_size);
	uint32_t n = keys_of(map_fd(bridge, "fdb"), keys, bridge->plan->fdb_size);

	free(keys);
	return n;
}

static void print_head(bool first, const struct bridge *bridge, const struct fdb_key *key, uint32_t port)
{
	const uint8_t *m = key->mac;

	fprintf(out, "%s{\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"vlan\":%u,\"port\":", first ? "" : ",", m[0], m[1], m[2],
	       m[3], m[4], m[5], key->vlan);
	print_json_string(port < (uint32_t)bridge->n_ports ? bridge->plan->ports[port].name : "?");
}

static void show(const struct bridge *bridge)
{
	uint32_t most = bridge->plan->fdb_size > MAX_STATIC ? bridge->plan->fdb_size : MAX_STATIC, port;
	int learned = map_fd(bridge, "fdb"), fixed = map_fd(bridge, "fdb_static"), n;
	struct fdb_key *keys = room_for(most);
	uint64_t now = now_ns();
	struct fdb_entry entry;
	bool first = true;

	fputs("{\"fdb\":[", out);
	n = keys_of(fixed, keys, most);
	for (int i = 0; i < n; i++) {
		if (bpf_map_lookup_elem(fixed, &keys[i], &port))
			continue;
		print_head(first, bridge, &keys[i], port);
		fputs(",\"static\":true}", out);
		first = false;
	}
	n = keys_of(learned, keys, most);
	for (int i = 0; i < n; i++) {
		if (bpf_map_lookup_elem(learned, &keys[i], &entry) || is_aged(bridge, &entry, now))
			continue;
		print_head(first, bridge, &keys[i], entry.port);
		fprintf(out, ",\"static\":false,\"age_ms\":%llu,\"moves\":%u}",
		       (unsigned long long)(now > entry.seen_ns ? (now - entry.seen_ns) / 1000000 : 0), entry.moves);
		first = false;
	}
	fputs("]}\n", out);
	free(keys);
}

/* Learned addresses of one port, or of all; static ones stay, as with bridge(8). */
static void flush(struct bridge *bridge, int port)
{
	struct fdb_key *keys = room_for(bridge->plan->fdb_size);
	int map = map_fd(bridge, "fdb"), n = keys_of(map, keys, bridge->plan->fdb_size), flushed = 0;
	struct fdb_entry entry;

	for (int i = 0; i < n; i++) {
		if (port >= 0 && (bpf_map_lookup_elem(map, &keys[i], &entry) || entry.port != (uint32_t)port))
			continue;
		if (!bpf_map_delete_elem(map, &keys[i]))
			flushed++;
	}
	free(keys);
	change_generation(bridge);
	bridge->saved.deleted += flushed;
	fprintf(out, "{\"flushed\":%d}\n", flushed);
}

static void add(struct bridge *bridge, const struct fdb_key *key, int port)
{
	uint32_t index = port;
	int err = bpf_map_update_elem(map_fd(bridge, "fdb_static"), key, &index, BPF_ANY);

	if (err) {
		reply_error("no room for a static address: %s (at most %d)", strerror(-err), MAX_STATIC);
		return;
	}
	/* What was learned of it no longer counts. */
	if (!bpf_map_delete_elem(map_fd(bridge, "fdb"), key))
		bridge->saved.deleted++;
	change_generation(bridge);
	fputs("{\"added\":1}\n", out);
}

static void del(struct bridge *bridge, const struct fdb_key *key)
{
	int fixed = !bpf_map_delete_elem(map_fd(bridge, "fdb_static"), key);
	int learned = !bpf_map_delete_elem(map_fd(bridge, "fdb"), key);

	change_generation(bridge);
	bridge->saved.deleted += learned;
	if (fixed || learned)
		fprintf(out, "{\"deleted\":%d}\n", fixed + learned);
	else
		reply_error("no such address in that VLAN");
}

/* fdb [show] | add MAC dev PORT [vlan V] | del MAC [vlan V] | flush [dev PORT] */
void serve_fdb(struct bridge *bridge, char **words, int n)
{
	const char *verb = n > 1 ? words[1] : "show";
	bool takes_mac = !strcmp(verb, "add") || !strcmp(verb, "del");
	struct fdb_key key = { 0 };
	int64_t vlan;
	int port = -1;

	if (takes_mac && (n < 3 || !parse_mac(words[2], key.mac) || key.mac[0] & 1)) {
		reply_error("fdb %s needs the MAC address of a station, as 02:00:00:00:00:01", verb);
		return;
	}
	for (int i = takes_mac ? 3 : 2; i < n; i += 2) {
		if (i + 1 < n && !strcmp(words[i], "dev") && (port = port_named(bridge, words[i + 1])) >= 0)
			continue;
		if (i + 1 < n && takes_mac && !strcmp(words[i], "vlan") && parse_number(words[i + 1], 0, 4094, &vlan)) {
			key.vlan = vlan;
			continue;
		}
		reply_error("fdb %s: %s %s: no such port, VLAN or word", verb, words[i], i + 1 < n ? words[i + 1] : "");
		return;
	}
	if (!strcmp(verb, "show") && n <= 2)
		show(bridge);
	else if (!strcmp(verb, "flush"))
		flush(bridge, port);
	else if (!strcmp(verb, "del"))
		del(bridge, &key);
	else if (!strcmp(verb, "add") && port >= 0)
		add(bridge, &key, port);
	else if (!strcmp(verb, "add"))
		reply_error("fdb add MAC dev PORT [vlan V]: the port is missing");
	else
		reply_error("fdb %s: not one of show, add, del, flush", verb);
	if (strcmp(verb, "show"))
		save(bridge);
}
