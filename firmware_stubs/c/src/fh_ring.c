/* Where the next record goes, and how room is made.
 *
 * Sectors are used in turn, numbered ever higher; from `tail` to `number` they count, and one at least is spare. When
 * the newest is full, the spare is opened: what still waits in the oldest is copied into it, then the facts are
 * written, which name the new tail. Only with these facts the new sector counts and the oldest does not; cut before,
 * everything is as it was. Facts always fit: messages leave room for them in every sector. */
#include "fh_internal.h"

static uint32_t facts_room(const fh_client *c) { return fh_record_size(c, FH_FACTS_BYTES); }

uint32_t fh_message_room(const fh_client *c) {
    return c->config.flash.sector_bytes - fh_sector_head(c) - facts_room(c);
}

/* A message takes at most a third of a sector. So when every sector is more than two thirds full, there is more than
   this; and when there is less, going round finds a sector with room. */
uint32_t fh_budget(const fh_client *c) { return (c->config.flash.sectors - 1u) * (fh_message_room(c) / 3u * 2u); }

static uint32_t used(const fh_client *c) { return c->number - c->facts.tail + 1u; }
static uint32_t left(const fh_client *c) {
    return (c->head + 1u) * c->config.flash.sector_bytes - c->at;
}

static fh_result append_facts(fh_client *c) {
    uint8_t body[FH_FACTS_BYTES];
    fh_record record = {FH_RECORD_FACTS, 0, 0, 0, 0, 0};
    fh_result result;
    c->facts.number = c->number;
    record.len = (uint16_t)fh_facts_pack(&c->facts, body);
    result = fh_record_write(c, c->at, &record, body);
    c->at += fh_record_size(c, record.len);
    return result;
}

static fh_result carry_on(fh_client *c, fh_slot *slot) {
    fh_record record = {FH_RECORD_MESSAGE, slot->lane, slot->purpose, slot->len, slot->seq, 0};
    fh_record found;
    fh_sight sight;
    bool whole = false;
    if (fh_record_seen(c, slot->at, &found, &sight) != FH_OK) return FH_BOARD;
    record.body_crc = found.body_crc;
    if (sight == FH_FOUND && fh_record_whole(c, slot->at, &record, &whole) != FH_OK) return FH_BOARD;
    if (!whole) { /* it rotted */
        (void)fh_gap_add(&c->facts, slot->lane, slot->seq, FH_CORRUPT);
        fh_forget_slot(c, slot);
        return FH_OK;
    }
    if (fh_record_copy(c, slot->at, c->at, &record) != FH_OK) return FH_BOARD;
    slot->at = c->at;
    c->at += fh_record_size(c, slot->len);
    c->placed_bytes += fh_record_size(c, slot->len);
    return FH_OK;
}

/* Take what waits in the sector at `from` into the newest one; `shed`: without its readings. */
static fh_result empty_sector(fh_client *c, uint32_t from, bool shed) {
    uint32_t to = from + c->config.flash.sector_bytes;
    for (uint8_t lane = 0; lane < FH_LANES; lane++) {
        fh_slot *slot;
        for (uint32_t above = 0; (slot = fh_oldest(c, lane, above, from, to)) != NULL; above = slot->seq) {
            if (shed && lane == FH_READINGS && fh_gap_add(&c->facts, lane, slot->seq, FH_SPOOL_FULL)) {
                fh_forget_slot(c, slot);
            } else if (carry_on(c, slot) != FH_OK) {
                return FH_BOARD;
            }
        }
    }
    return FH_OK;
}

static fh_result advance(fh_client *c, bool shed) {
    uint32_t sectors = c->config.flash.sectors;
    uint32_t next = (c->head + 1u) % sectors;
    uint32_t oldest = (c->head + sectors - (used(c) - 1u)) % sectors;
    bool crowded = used(c) == sectors - 1u;
    if (fh_sector_open(c, next, c->number + 1u) != FH_OK) return FH_BOARD;
    c->head = next;
    c->number++;
    c->at = next * c->config.flash.sector_bytes + fh_sector_head(c);
    c->placed_bytes = 0;
    c->closed = false;
    if (crowded) {
        if (empty_sector(c, oldest * c->config.flash.sector_bytes, shed) != FH_OK) return FH_BOARD;
        c->facts.tail++;
    }
    if (append_facts(c) != FH_OK) return FH_BOARD;
    if (shed) fh_gaps_changed(c);
    return fh_sector_commit(c, next);
}

fh_result fh_save(fh_client *c) {
    fh_result result;
    if (!c->closed && left(c) >= facts_room(c)) {
        result = append_facts(c);
    } else {
        result = advance(c, false);
    }
    return fh_broke(c, result);
}

static bool fits(const fh_client *c, uint32_t bytes) {
    return !c->closed && left(c) >= bytes && c->placed_bytes + bytes <= fh_message_room(c);
}

fh_result fh_make_room(fh_client *c, uint32_t bytes) {
    for (uint32_t round = 0; round <= 2u * c->config.flash.sectors; round++) {
        bool shed = c->live_bytes + bytes > fh_budget(c);
        if (!shed && fits(c, bytes)) return FH_OK;
        if (shed && fh_oldest(c, FH_READINGS, 0, 0, UINT32_MAX) == NULL) return FH_FULL; /* only alarms: they stay */
        if (advance(c, shed) != FH_OK) return fh_broke(c, FH_BOARD);
    }
    return FH_FULL;
}

fh_result fh_append_message(fh_client *c, const fh_record *record, const void *body, uint32_t *at) {
    *at = c->at;
    c->at += fh_record_size(c, record->len);
    c->placed_bytes += fh_record_size(c, record->len);
    return fh_broke(c, fh_record_write(c, *at, record, body));
}

fh_result fh_format(fh_client *c) {
    memset(&c->facts, 0, sizeof c->facts);
    if (c->port.random(c->port.ctx, c->facts.stream, sizeof c->facts.stream) != FH_OK) return FH_BOARD;
    for (size_t lane = 0; lane < FH_LANES; lane++) c->facts.next_seq[lane] = 1;
    c->facts.tail = c->number = 1;
    c->head = 0;
    c->at = fh_sector_head(c);
    c->placed_bytes = 0;
    c->closed = false;
    for (uint32_t i = c->config.flash.sectors; i-- > 0;) { /* nothing of a former life may look like ours */
        if (c->port.flash_erase(c->port.ctx, i * c->config.flash.sector_bytes) != FH_OK) return FH_BOARD;
    }
    if (fh_sector_open(c, 0, 1) != FH_OK || append_facts(c) != FH_OK) return FH_BOARD;
    return fh_sector_commit(c, 0);
}
