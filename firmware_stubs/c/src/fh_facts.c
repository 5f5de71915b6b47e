/* What a facts record holds, byte by byte, lowest first: the same on every machine. */
#include "fh_internal.h"

static uint8_t *put(uint8_t *p, uint64_t n, int bytes) {
    for (int i = 0; i < bytes; i++) *p++ = (uint8_t)(n >> (8 * i));
    return p;
}

static const uint8_t *get(const uint8_t *p, uint64_t *n, int bytes) {
    *n = 0;
    for (int i = 0; i < bytes; i++) *n |= (uint64_t)*p++ << (8 * i);
    return p;
}

static const uint8_t *get32(const uint8_t *p, uint32_t *n) {
    uint64_t wide;
    p = get(p, &wide, 4);
    *n = (uint32_t)wide;
    return p;
}

static const uint8_t *get8(const uint8_t *p, uint8_t *n) {
    *n = *p;
    return p + 1;
}

size_t fh_facts_pack(const fh_facts *facts, uint8_t out[FH_FACTS_BYTES]) {
    uint8_t *p = out;
    memcpy(p, facts->stream, 16);
    p = put(p + 16, facts->agent_crc, 4);
    p = put(p, facts->boot, 4);
    p = put(p, facts->session, 4);
    p = put(p, facts->refused, 4);
    p = put(p, facts->number, 4);
    p = put(p, facts->tail, 4);
    for (size_t lane = 0; lane < FH_LANES; lane++) p = put(p, facts->next_seq[lane], 4);
    p = put(p, facts->has_desired, 1);
    p = put(p, facts->purposes, 1);
    p = put(p, facts->config, 8);
    p = put(p, facts->consent, 8);
    p = put(p, facts->poll_s, 4);
    p = put(p, facts->prealarm_s, 4);
    p = put(p, facts->gap_count, 1);
    for (size_t i = 0; i < facts->gap_count; i++) {
        p = put(p, facts->gaps[i].first, 4);
        p = put(p, facts->gaps[i].last, 4);
        p = put(p, facts->gaps[i].lane, 1);
        p = put(p, facts->gaps[i].reason, 1);
    }
    return (size_t)(p - out);
}

bool fh_facts_unpack(fh_facts *facts, const uint8_t *body, size_t len) {
    const uint8_t *p = body;
    uint8_t has_desired;
    if (len < FH_FACTS_BYTES - 10u * FH_MAX_GAPS || len > FH_FACTS_BYTES) return false;
    memcpy(facts->stream, p, 16);
    p = get32(p + 16, &facts->agent_crc);
    p = get32(p, &facts->boot);
    p = get32(p, &facts->session);
    p = get32(p, &facts->refused);
    p = get32(p, &facts->number);
    p = get32(p, &facts->tail);
    for (size_t lane = 0; lane < FH_LANES; lane++) p = get32(p, &facts->next_seq[lane]);
    p = get8(p, &has_desired);
    facts->has_desired = has_desired != 0;
    p = get8(p, &facts->purposes);
    p = get(p, &facts->config, 8);
    p = get(p, &facts->consent, 8);
    p = get32(p, &facts->poll_s);
    p = get32(p, &facts->prealarm_s);
    p = get8(p, &facts->gap_count);
    if (len != FH_FACTS_BYTES - 10u * (FH_MAX_GAPS - (size_t)facts->gap_count)) return false;
    for (size_t i = 0; i < facts->gap_count; i++) {
        fh_gap *gap = &facts->gaps[i];
        p = get32(p, &gap->first);
        p = get32(p, &gap->last);
        p = get8(p, &gap->lane);
        p = get8(p, &gap->reason);
        gap->told = true; /* nobody remembers: as if it was, so that it stays as it is */
        if (gap->lane >= FH_LANES || gap->reason > FH_CORRUPT || gap->first > gap->last) return false;
    }
    return true;
}
