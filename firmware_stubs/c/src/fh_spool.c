/* Keeps every message until the cloud has stored it. Its bytes never change once they are here. */
#include "fh_internal.h"

fh_result fh_broke(fh_client *c, fh_result result) {
    if (result == FH_BOARD) c->broken = true; /* memory and flash may differ now: only fh_init helps */
    return result;
}

fh_slot *fh_oldest(const fh_client *c, uint8_t lane, uint32_t above, uint32_t from, uint32_t to) {
    fh_slot *best = NULL;
    for (size_t i = 0; i < c->config.slot_count; i++) {
        fh_slot *slot = &c->config.slots[i];
        if (!slot->used || slot->lane != lane || slot->seq <= above || slot->at < from || slot->at >= to) continue;
        if (best == NULL || slot->seq < best->seq) best = slot;
    }
    return best;
}

fh_slot *fh_free_slot(const fh_client *c) {
    for (size_t i = 0; i < c->config.slot_count; i++) {
        if (!c->config.slots[i].used) return &c->config.slots[i];
    }
    return NULL;
}

size_t fh_waiting(const fh_client *c) {
    size_t count = 0;
    for (size_t i = 0; i < c->config.slot_count; i++) count += c->config.slots[i].used;
    return count;
}

void fh_forget_slot(fh_client *c, fh_slot *slot) {
    c->live_bytes -= fh_record_size(c, slot->len);
    slot->used = slot->sent = false;
}

fh_result fh_let_go(fh_client *c, fh_slot *slot) {
    fh_result result = fh_mark(c, slot->at);
    fh_forget_slot(c, slot);
    return fh_broke(c, result);
}

/* FH_FULL: too much is lost already that the cloud does not know of; it stays until that is answered. */
fh_result fh_lose(fh_client *c, fh_slot *slot, uint8_t reason) {
    if (!fh_gap_add(&c->facts, slot->lane, slot->seq, reason)) return FH_FULL;
    fh_gaps_changed(c);
    if (fh_save(c) != FH_OK) return FH_BOARD;
    return fh_let_go(c, slot);
}

/* Free some slots from the oldest readings: declared first, then marked. Cut between, the mount marks them. */
static fh_result shed_slots(fh_client *c) {
    size_t most = c->config.slot_count / 8u + 1u, count = 0;
    fh_slot *slot;
    for (uint32_t above = 0; count < most; above = slot->seq, count++) {
        slot = fh_oldest(c, FH_READINGS, above, 0, UINT32_MAX);
        if (slot == NULL || !fh_gap_add(&c->facts, FH_READINGS, slot->seq, FH_SPOOL_FULL)) break;
    }
    if (count == 0) return FH_FULL;
    fh_gaps_changed(c);
    if (fh_save(c) != FH_OK) return FH_BOARD;
    for (uint32_t above = 0; (slot = fh_oldest(c, FH_READINGS, above, 0, UINT32_MAX)) != NULL; above = slot->seq) {
        if (fh_gap_covers(&c->facts, FH_READINGS, slot->seq) && fh_let_go(c, slot) != FH_OK) return FH_BOARD;
    }
    return FH_OK;
}

fh_result fh_put(fh_client *c, uint8_t lane, fh_purpose purpose, const fh_text *body) {
    fh_record record = {FH_RECORD_MESSAGE, lane, (uint8_t)purpose, (uint16_t)body->len, 0, 0};
    uint32_t size = fh_record_size(c, body->len), at;
    fh_result result = FH_OK;
    fh_slot *slot;
    if (body->full || size > fh_message_room(c) / 3u) return FH_TOO_LARGE;
    if (fh_free_slot(c) == NULL) result = shed_slots(c);
    if (result == FH_OK) result = fh_make_room(c, size);
    if (result != FH_OK) return result;
    slot = fh_free_slot(c);
    record.seq = c->facts.next_seq[lane]++;
    result = fh_append_message(c, &record, body->p, &at);
    if (result != FH_OK) return result;
    memset(slot, 0, sizeof *slot);
    slot->used = true;
    slot->at = at;
    slot->seq = record.seq;
    slot->len = record.len;
    slot->lane = lane;
    slot->purpose = record.purpose;
    c->live_bytes += size;
    return FH_OK;
}

/* Declare everything that is not allowed any more. Where there is no place for another gap it is not sent, and goes
   when the cloud has answered one. */
static bool withdraw(fh_client *c) {
    bool declared = false;
    for (size_t i = 0; i < c->config.slot_count; i++) {
        const fh_slot *slot = &c->config.slots[i];
        if (!slot->used || fh_allows(c, (fh_purpose)slot->purpose)) continue;
        if (fh_gap_covers(&c->facts, slot->lane, slot->seq)) continue;
        declared = fh_gap_add(&c->facts, slot->lane, slot->seq, FH_WITHDRAWN) || declared;
    }
    return declared;
}

fh_result fh_purge(fh_client *c, bool changed) {
    if (withdraw(c)) {
        fh_gaps_changed(c);
        changed = true;
    }
    if (changed && fh_save(c) != FH_OK) return FH_BOARD;
    for (size_t i = 0; i < c->config.slot_count; i++) {
        fh_slot *slot = &c->config.slots[i];
        if (slot->used && fh_gap_covers(&c->facts, slot->lane, slot->seq) && fh_let_go(c, slot) != FH_OK) {
            return FH_BOARD;
        }
    }
    return FH_OK;
}
