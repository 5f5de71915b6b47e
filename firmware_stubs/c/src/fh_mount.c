/* After a reboot: find the sectors that count, and in them the last facts and the messages that still wait. */
#include "fh_internal.h"

/* The newest facts of one sector; `any` false: it has none that are whole. The numbers given never go down. */
static fh_result read_facts(fh_client *c, uint32_t at, const fh_record *record, bool *any) {
    uint8_t body[FH_FACTS_BYTES];
    fh_facts facts;
    bool whole = false;
    memset(&facts, 0, sizeof facts);
    if (record->len > sizeof body) return FH_OK;
    if (fh_record_whole(c, at, record, &whole) != FH_OK) return FH_BOARD;
    if (c->port.flash_read(c->port.ctx, fh_body_at(c, at), body, record->len) != FH_OK) return FH_BOARD;
    if (!whole) whole = fh_repair(body, record->len, record->body_crc);
    if (!whole || !fh_facts_unpack(&facts, body, record->len)) return FH_OK;
    for (size_t lane = 0; lane < FH_LANES; lane++) {
        if (facts.next_seq[lane] < c->facts.next_seq[lane]) facts.next_seq[lane] = c->facts.next_seq[lane];
    }
    c->facts = facts;
    *any = true;
    return FH_OK;
}

static fh_slot *same_message(const fh_client *c, const fh_record *record) {
    for (size_t i = 0; i < c->config.slot_count; i++) {
        fh_slot *slot = &c->config.slots[i];
        if (slot->used && slot->lane == record->lane && slot->seq == record->seq) return slot;
    }
    return NULL;
}

static fh_result read_message(fh_client *c, uint32_t at, const fh_record *record) {
    bool done = false, whole = false;
    fh_slot *slot = same_message(c, record);
    if (record->seq >= c->facts.next_seq[record->lane]) c->facts.next_seq[record->lane] = record->seq + 1u;
    if (fh_marked(c, at, &done) != FH_OK) return FH_BOARD;
    if (done) return FH_OK;
    if (fh_record_whole(c, at, record, &whole) != FH_OK) return FH_BOARD;
    if (!whole) { /* it rotted: its number is used, and the loss is told */
        (void)fh_gap_add(&c->facts, record->lane, record->seq, FH_CORRUPT);
        return FH_OK;
    }
    if (slot == NULL) slot = fh_free_slot(c);
    if (slot == NULL) return FH_ARGUMENT; /* fewer slots than the flash was filled with */
    if (!slot->used) c->live_bytes += fh_record_size(c, record->len);
    memset(slot, 0, sizeof *slot);
    slot->used = true;
    slot->at = at;
    slot->seq = record->seq;
    slot->len = record->len;
    slot->lane = record->lane;
    slot->purpose = record->purpose;
    return FH_OK;
}

/* Through one sector, record by record; what is neither record nor blank is passed over, unit by unit. */
static fh_result walk(fh_client *c, uint32_t sector, bool messages, bool *any_facts) {
    uint32_t end = (sector + 1u) * c->config.flash.sector_bytes;
    uint32_t at = sector * c->config.flash.sector_bytes + fh_sector_head(c);
    c->closed = false;
    c->placed_bytes = 0;
    while (at + fh_record_size(c, 0) <= end) {
        fh_record record;
        fh_sight sight;
        fh_result result = fh_record_seen(c, at, &record, &sight);
        if (result != FH_OK) return result;
        if (sight == FH_BLANK) break;
        if (sight == FH_DIRTY) {
            c->closed = true; /* what reads as blank behind it may be half programmed */
            at += fh_unit(c);
            continue;
        }
        if (record.type == FH_RECORD_MESSAGE) {
            c->placed_bytes += fh_record_size(c, record.len);
            if (messages) result = read_message(c, at, &record);
        } else if (!messages) {
            result = read_facts(c, at, &record, any_facts);
        }
        if (result != FH_OK) return result;
        at += fh_record_size(c, record.len);
    }
    c->at = at;
    return FH_OK;
}

/* The sector with the highest number below `below` that counts. `number` 0: there is none. */
static fh_result newest(fh_client *c, uint32_t below, uint32_t *sector, uint32_t *number) {
    *number = 0;
    for (uint32_t i = 0; i < c->config.flash.sectors; i++) {
        uint32_t found;
        bool committed, facts = false;
        if (fh_sector_read(c, i, &found, &committed) != FH_OK) return FH_BOARD;
        if (found == 0 || !committed) { /* cut between its facts and its mark? or its head rotted */
            if (walk(c, i, false, &facts) != FH_OK) return FH_BOARD;
            if (!facts || (found != 0 && found != c->facts.number)) continue;
            found = c->facts.number;
        }
        if (found <= *number || found >= below) continue;
        *sector = i;
        *number = found;
    }
    return FH_OK;
}

/* The last facts; where the newest sector's rotted, those of an older one. */
static fh_result find_facts(fh_client *c, bool *any) {
    uint32_t sector = c->head, number = c->number;
    memset(&c->facts, 0, sizeof c->facts);
    while (!*any && number != 0) {
        if (walk(c, sector, false, any) != FH_OK) return FH_BOARD;
        if (!*any && newest(c, number, &sector, &number) != FH_OK) return FH_BOARD;
    }
    return FH_OK;
}

fh_result fh_mount(fh_client *c) {
    uint32_t sectors = c->config.flash.sectors;
    bool any = false;
    if (newest(c, UINT32_MAX, &c->head, &c->number) != FH_OK || find_facts(c, &any) != FH_OK) return FH_BOARD;
    if (!any) return fh_format(c);
    if (c->facts.tail > c->number || c->number - c->facts.tail > sectors - 2u) {
        c->facts.tail = c->number > sectors - 2u ? c->number - (sectors - 2u) : 1u;
    }
    for (uint32_t number = c->facts.tail; number <= c->number; number++) {
        uint32_t sector = (c->head + sectors - (c->number - number)) % sectors, found;
        bool committed;
        fh_result result = fh_sector_read(c, sector, &found, &committed);
        if (result == FH_OK && (found == number || found == 0)) result = walk(c, sector, true, &any);
        if (result != FH_OK) return result;
    }
    return FH_OK;
}
