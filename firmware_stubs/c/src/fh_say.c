/* Readings and alarms become messages. What the wire has no place for is refused here, before it has a number. */
#include "fh_internal.h"

fh_moment fh_now(const fh_client *c) {
    fh_moment now = {c->port.up_ms(c->port.ctx), 0, false};
    if (now.up_ms > FH_MAX_UP_MS) now.up_ms = FH_MAX_UP_MS;
    now.known = c->port.wall_ms(c->port.ctx, &now.at_ms) && now.at_ms >= FH_PLAUSIBLE_FROM_MS &&
                now.at_ms >= now.up_ms && now.at_ms <= FH_MAX_AT_MS - FH_MAX_UP_MS;
    return now;
}

/* The moment of something that happened at `up_ms` of this boot, on the wall clock; null where that is not known. */
static void say_at(fh_text *t, const fh_moment *now, uint64_t up_ms) {
    fh_count(t, ",\"up_ms\":", up_ms);
    if (now->known) {
        fh_count(t, ",\"at_ms\":", now->at_ms - (now->up_ms - up_ms));
    } else {
        fh_raw(t, ",\"at_ms\":null");
    }
}

void fh_say_anchor(fh_text *t, const fh_client *c, const fh_moment *now) {
    if (!now->known) {
        fh_raw(t, ",\"anchor\":null");
        return;
    }
    fh_count(t, ",\"anchor\":{\"boot\":", c->facts.boot);
    fh_count(t, ",\"up_ms\":", now->up_ms);
    fh_count(t, ",\"at_ms\":", now->at_ms);
    fh_raw(t, "}");
}

void fh_say_begin(fh_text *t, const fh_client *c) {
    fh_raw(t, "{\"v\":1,\"stream\":\"");
    fh_hex(t, c->facts.stream, sizeof c->facts.stream);
    fh_raw(t, "\"");
}

static void say_envelope(fh_text *t, const fh_client *c, uint8_t lane) {
    fh_say_begin(t, c);
    fh_field(t, ",\"lane\":", fh_lane_words[lane]);
    fh_count(t, ",\"seq\":", c->facts.next_seq[lane]);
    fh_count(t, ",\"boot\":", c->facts.boot);
    fh_count(t, ",\"consent\":", c->facts.consent);
}

static bool has_value(const fh_reading *r) { return r->quality == FH_GOOD || r->quality == FH_COARSE; }

static bool sayable(const fh_reading *r, const fh_moment *now) {
    uint64_t most = r->kind == FH_LEVEL_FRACTION ? 1000000u : FH_MAX_AMOUNT_MICRO;
    return fh_is_name(r->device) && fh_is_name(r->slot) && fh_is_code(r->basis) && r->kind <= FH_COUNT &&
           r->quality <= FH_IMPLAUSIBLE && (r->serial == NULL || fh_is_text(r->serial)) && r->up_ms <= now->up_ms &&
           r->resolution_micro <= FH_MAX_AMOUNT_MICRO && (!has_value(r) || r->value_micro <= most);
}

static void say_reading(fh_text *t, const fh_reading *r, const fh_moment *now) {
    fh_field(t, "{\"device\":", r->device);
    fh_field(t, ",\"slot\":", r->slot);
    say_at(t, now, r->up_ms);
    fh_field(t, ",\"kind\":", fh_kind_words[r->kind]);
    fh_raw(t, ",\"value\":");
    if (has_value(r)) {
        fh_micro(t, r->value_micro);
    } else {
        fh_raw(t, "null");
    }
    if (r->resolution_micro != 0) {
        fh_raw(t, ",\"resolution\":");
        fh_micro(t, r->resolution_micro);
    }
    fh_field(t, ",\"quality\":", fh_quality_words[r->quality]);
    fh_field(t, ",\"basis\":", r->basis);
    if (r->serial != NULL) fh_field(t, ",\"serial\":", r->serial);
    fh_raw(t, "}");
}

fh_result fh_readings(fh_client *c, const fh_reading *readings, size_t count) {
    fh_text t = {c->config.work, c->config.work_bytes, 0, false};
    fh_moment now = fh_now(c);
    if (c->broken) return FH_BOARD;
    if (count == 0 || count > FH_MAX_READINGS) return FH_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        if (!sayable(&readings[i], &now)) return FH_ARGUMENT;
    }
    if (!fh_allows(c, FH_SUPPLY)) return FH_NO_CONSENT;
    say_envelope(&t, c, FH_READINGS);
    fh_raw(&t, ",\"purpose\":\"supply\"");
    fh_say_anchor(&t, c, &now);
    for (size_t i = 0; i < count; i++) {
        fh_raw(&t, i == 0 ? ",\"readings\":[" : ",");
        say_reading(&t, &readings[i], &now);
    }
    fh_raw(&t, "]}");
    return fh_put(c, FH_READINGS, FH_SUPPLY, &t);
}

fh_result fh_alarm_begin(fh_client *c, fh_alarm *alarm, fh_alarm_kind kind, const char *device) {
    if (kind > FH_SOS || !fh_is_name(device)) return FH_ARGUMENT;
    alarm->kind = kind;
    alarm->device = device;
    return c->port.random(c->port.ctx, alarm->id, sizeof alarm->id) == FH_OK ? FH_OK : FH_BOARD;
}

static fh_result say_alarm(fh_client *c, const fh_alarm *alarm, const char *event, const char *by, uint32_t wait_ms) {
    fh_text t = {c->config.work, c->config.work_bytes, 0, false};
    fh_moment now = fh_now(c);
    if (c->broken) return FH_BOARD;
    if (alarm->kind > FH_SOS || !fh_is_name(alarm->device)) return FH_ARGUMENT;
    if (!fh_allows(c, FH_SAFETY)) return FH_NO_CONSENT;
    say_envelope(&t, c, FH_ALARMS);
    fh_raw(&t, ",\"alarm_id\":\"");
    fh_hex(&t, alarm->id, sizeof alarm->id);
    fh_field(&t, "\",\"kind\":", fh_alarm_kind_words[alarm->kind]);
    fh_field(&t, ",\"event\":", event);
    fh_field(&t, ",\"device\":", alarm->device);
    say_at(&t, &now, now.up_ms);
    fh_say_anchor(&t, c, &now);
    if (by != NULL) {
        fh_field(&t, ",\"by\":", by);
    } else {
        fh_count(&t, ",\"confirm_in_ms\":", wait_ms);
    }
    fh_raw(&t, "}");
    return fh_put(c, FH_ALARMS, FH_SAFETY, &t);
}

fh_result fh_alarm_suspected(fh_client *c, const fh_alarm *alarm, uint32_t confirm_in_ms) {
    if (confirm_in_ms > 300000u) return FH_ARGUMENT;
    return say_alarm(c, alarm, "suspected", NULL, confirm_in_ms);
}

fh_result fh_alarm_confirmed(fh_client *c, const fh_alarm *alarm, fh_alarm_by by) {
    if (by > FH_BY_RECOVERY) return FH_ARGUMENT;
    return say_alarm(c, alarm, "confirmed", fh_alarm_by_words[by], 0);
}

fh_result fh_alarm_cancelled(fh_client *c, const fh_alarm *alarm, fh_alarm_by by) {
    if (by > FH_BY_RECOVERY) return FH_ARGUMENT;
    return say_alarm(c, alarm, "cancelled", fh_alarm_by_words[by], 0);
}
