/* Sends what is spooled until the cloud says that it is stored. What it holds can be lost at any moment. */
#include "fh_internal.h"

static uint64_t up_ms(const fh_client *c) { return c->port.up_ms(c->port.ctx); }

static size_t on_their_way(const fh_client *c) {
    size_t count = 0;
    for (size_t i = 0; i < c->config.slot_count; i++) count += c->config.slots[i].used && c->config.slots[i].sent;
    return count;
}

static uint64_t wait_ms(const fh_slot *slot) {
    uint64_t ms = slot->lane == FH_ALARMS ? FH_ALARM_ANSWER_MS : FH_ANSWER_MS;
    uint64_t longest_ms = slot->lane == FH_ALARMS ? FH_ALARM_LONGEST_MS : FH_LONGEST_MS;
    for (unsigned i = 0; i < slot->tries && ms < longest_ms; i++) ms *= 2u;
    return ms < longest_ms ? ms : longest_ms;
}

static size_t topic_of(const fh_client *c, const char *way, const char *name, char topic[FH_TOPIC_BYTES]) {
    fh_text t = {topic, FH_TOPIC_BYTES - 1u, 0, false};
    fh_raw(&t, "forehand/v1/");
    fh_raw(&t, c->config.agent);
    fh_raw(&t, way);
    fh_raw(&t, name);
    topic[t.len] = '\0';
    return t.len;
}

fh_result fh_say(fh_client *c, const char *name, const char *body, size_t len, bool retain) {
    char topic[FH_TOPIC_BYTES];
    fh_result result = FH_OFFLINE;
    (void)topic_of(c, "/up/", name, topic);
    if (c->connected) result = c->port.publish(c->port.ctx, topic, body, len, retain);
    if (result != FH_OK && result != FH_BUSY) fh_disconnected(c);
    return result == FH_OK || result == FH_BUSY ? result : FH_OFFLINE;
}

static size_t say_state(const fh_client *c, const char *state, char *body, size_t size) {
    fh_text t = {body, size, 0, false};
    fh_field(&t, "{\"v\":1,\"state\":", state);
    fh_count(&t, ",\"session\":", c->facts.session);
    fh_raw(&t, "}");
    return t.len;
}

/* A number above all earlier ones; once the time is known above that too, so that a new flash is not taken for an old
   session. */
static fh_result open_session(fh_client *c) {
    fh_moment now = fh_now(c);
    uint32_t now_s = now.known ? (uint32_t)(now.at_ms / 1000u) : 0;
    bool only_counted = c->facts.session < FH_PLAUSIBLE_FROM_MS / 1000u;
    if (c->session_open && !(only_counted && now.known)) return FH_OK;
    c->facts.session = now_s > c->facts.session ? now_s : c->facts.session + 1u;
    c->session_open = true;
    return fh_save(c);
}

fh_result fh_will(fh_client *c, fh_last_will *out) {
    if (c->broken || open_session(c) != FH_OK) return FH_BOARD;
    (void)topic_of(c, "/up/", "state", out->topic);
    out->body_bytes = say_state(c, "lost", out->body, sizeof out->body);
    return FH_OK;
}

fh_result fh_subscription(const fh_client *c, char topic[FH_TOPIC_BYTES]) {
    (void)topic_of(c, "/down/", "+", topic);
    return FH_OK;
}

void fh_connected(fh_client *c) {
    c->connected = c->state_due = c->report_due = true;
    for (size_t i = 0; i < c->config.slot_count; i++) { /* nobody knows what of the old connection arrived */
        fh_slot *slot = &c->config.slots[i];
        slot->due_ms = up_ms(c);
        slot->tries = 0;
        slot->answers = c->answers; /* the connection's fault, not the message's */
    }
}

void fh_disconnected(fh_client *c) { c->connected = false; }

static void soon(fh_client *c, uint64_t at_ms) {
    for (size_t i = 0; i < c->config.slot_count; i++) {
        fh_slot *slot = &c->config.slots[i];
        if (!slot->used || !slot->sent || slot->due_ms <= at_ms) continue;
        slot->due_ms = at_ms;
        slot->tries = 0;
        slot->answers = c->answers;
    }
}

/* A cloud that starts greets everybody: what it was sent before may have died with it. */
void fh_cloud_spoke(fh_client *c) { soon(c, up_ms(c) + FH_GREETED_MS); }

void fh_answered(fh_client *c, bool any) {
    if (!any) return;
    if (up_ms(c) - c->heard_ms > FH_ANSWER_MS) soon(c, up_ms(c) + FH_ANSWER_MS); /* it is back */
    c->heard_ms = up_ms(c);
    c->answers++;
}

/* FH_IGNORED: its bytes rotted, and it is declared lost. */
static fh_result send(fh_client *c, fh_slot *slot) {
    fh_record record;
    fh_sight sight;
    bool whole = false;
    fh_result result = fh_record_seen(c, slot->at, &record, &sight);
    if (result == FH_OK && sight == FH_FOUND) result = fh_record_whole(c, slot->at, &record, &whole);
    if (result != FH_OK) return fh_broke(c, result);
    if (!whole || slot->len > c->config.work_bytes) {
        result = fh_lose(c, slot, FH_CORRUPT);
        return result == FH_OK ? FH_IGNORED : result;
    }
    result = c->port.flash_read(c->port.ctx, fh_body_at(c, slot->at), c->config.work, slot->len);
    if (result != FH_OK) return fh_broke(c, FH_BOARD);
    return fh_say(c, fh_lane_words[slot->lane], c->config.work, slot->len, false);
}

static fh_result send_again(fh_client *c, fh_slot *slot) {
    fh_result result;
    if (c->answers != slot->answers && slot->passed_over < UINT8_MAX) slot->passed_over++;
    slot->answers = c->answers;
    if (slot->passed_over >= FH_QUARANTINE_AFTER && slot->lane != FH_ALARMS) return fh_lose(c, slot, FH_QUARANTINED);
    result = send(c, slot);
    if (result != FH_OK) return result;
    if (slot->tries < UINT8_MAX) slot->tries++;
    slot->due_ms = up_ms(c) + wait_ms(slot);
    return FH_OK;
}

static fh_result send_new(fh_client *c, fh_slot *slot) {
    fh_result result = send(c, slot);
    if (result != FH_OK) return result;
    slot->sent = true;
    slot->answers = c->answers;
    slot->due_ms = up_ms(c) + wait_ms(slot);
    return FH_OK;
}

static fh_result work_lane(fh_client *c, uint8_t lane) {
    size_t places = lane == FH_ALARMS ? FH_PLACES : FH_PLACES - FH_PLACES_FOR_ALARMS;
    fh_slot *slot;
    for (uint32_t above = 0; (slot = fh_oldest(c, lane, above, 0, UINT32_MAX)) != NULL;) {
        fh_result result = FH_OK;
        above = slot->seq;
        if (!fh_allows(c, (fh_purpose)slot->purpose)) continue; /* waits to be declared */
        if (slot->sent && slot->due_ms <= up_ms(c)) result = send_again(c, slot);
        if (!slot->sent && slot->used && on_their_way(c) < places) result = send_new(c, slot);
        if (result != FH_OK && result != FH_IGNORED && result != FH_FULL) return result;
    }
    return FH_OK;
}

fh_result fh_work(fh_client *c) {
    fh_result result = FH_OK;
    char body[64];
    if (c->broken) return FH_BOARD;
    if (!c->connected) return FH_OFFLINE;
    if (c->state_due) {
        result = fh_say(c, "state", body, say_state(c, "ready", body, sizeof body), true);
        c->state_due = result != FH_OK;
    }
    if (result == FH_OK) result = work_lane(c, FH_ALARMS);
    if (result == FH_OK) result = fh_report(c);
    if (result == FH_OK || result == FH_TOO_LARGE) result = work_lane(c, FH_READINGS);
    return result;
}

uint64_t fh_next_ms(const fh_client *c) {
    uint64_t next_ms = c->report_due_ms;
    size_t away = on_their_way(c);
    if (!c->connected || c->broken) return UINT64_MAX;
    if (c->state_due || c->report_due) return up_ms(c);
    for (size_t i = 0; i < c->config.slot_count; i++) {
        const fh_slot *slot = &c->config.slots[i];
        size_t places = slot->lane == FH_ALARMS ? FH_PLACES : FH_PLACES - FH_PLACES_FOR_ALARMS;
        if (!slot->used || (!slot->sent && away >= places)) continue;
        if (!slot->sent) return up_ms(c);
        if (slot->due_ms < next_ms) next_ms = slot->due_ms;
    }
    return next_ms;
}

fh_result fh_goodbye(fh_client *c) {
    char body[64];
    return fh_say(c, "state", body, say_state(c, "sleeping", body, sizeof body), true);
}
