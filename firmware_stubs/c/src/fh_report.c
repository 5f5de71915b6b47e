/* `reported`: what is in force here, which devices there are, and what had to be let go of. */
#include "fh_internal.h"

typedef enum { EVERYTHING, NO_PLACES, ONE_GAP, NO_DEVICES, SIZES } size_class; /* ever less, until it fits */

static void say_place(fh_text *t, const fh_place *place) {
    fh_field(t, "{\"slot\":", place->slot);
    fh_field(t, ",\"supply\":", fh_supply_words[place->supply]);
    fh_field(t, ",\"kind\":", fh_kind_words[place->kind]);
    if (place->description != NULL) fh_field(t, ",\"description\":", place->description);
    if (place->colour != NULL) fh_field(t, ",\"colour\":", place->colour);
    fh_raw(t, "}");
}

static void say_device(fh_text *t, const fh_device *device, bool places) {
    fh_field(t, "{\"device\":", device->device);
    fh_field(t, ",\"type\":", device->type);
    if (device->uuid != NULL) fh_field(t, ",\"uuid\":", device->uuid);
    if (device->serial != NULL) fh_field(t, ",\"serial\":", device->serial);
    if (device->model != NULL) fh_field(t, ",\"model\":", device->model);
    fh_raw(t, device->unreachable ? ",\"reachable\":false" : ",\"reachable\":true");
    if (device->worn != FH_NOT_SAID) fh_raw(t, device->worn == FH_YES ? ",\"worn\":true" : ",\"worn\":false");
    if (device->battery_percent <= 100) {
        fh_raw(t, ",\"battery_fraction\":");
        fh_micro(t, (uint64_t)((device->battery_percent + 2u) / 5u) * 50000u);
    }
    fh_raw(t, ",\"slots\":[");
    for (size_t i = 0; places && i < device->place_count; i++) {
        if (i > 0) fh_raw(t, ",");
        say_place(t, &device->places[i]);
    }
    fh_raw(t, "]}");
}

static void say_gap(fh_text *t, const fh_client *c, const fh_gap *gap) {
    fh_raw(t, "{\"stream\":\"");
    fh_hex(t, c->facts.stream, sizeof c->facts.stream);
    fh_field(t, "\",\"lane\":", fh_lane_words[gap->lane]);
    fh_count(t, ",\"range\":[", gap->first);
    fh_count(t, ",", gap->last);
    fh_field(t, "],\"reason\":", fh_loss_words[gap->reason]);
    fh_raw(t, "}");
}

static void say_report(fh_text *t, const fh_client *c, const fh_moment *now, size_class size, size_t gaps) {
    bool first = true;
    fh_say_begin(t, c);
    fh_count(t, ",\"boot\":", c->facts.boot);
    fh_field(t, ",\"agent_version\":", c->config.version);
    fh_count(t, ",\"config\":", c->facts.config);
    fh_count(t, ",\"consent\":", c->facts.consent);
    fh_raw(t, ",\"purposes\":[");
    for (unsigned i = 0; i < FH_PURPOSES; i++) {
        if ((c->facts.purposes >> i & 1u) == 0) continue;
        fh_field(t, first ? "" : ",", fh_purpose_words[i]);
        first = false;
    }
    fh_raw(t, "]");
    fh_say_anchor(t, c, now);
    fh_raw(t, ",\"devices\":[");
    for (size_t i = 0; size < NO_DEVICES && i < c->device_count; i++) {
        if (i > 0) fh_raw(t, ",");
        say_device(t, &c->devices[i], size == EVERYTHING);
    }
    fh_raw(t, "],\"gaps\":[");
    for (size_t i = 0; i < gaps; i++) {
        if (i > 0) fh_raw(t, ",");
        say_gap(t, c, &c->facts.gaps[i]);
    }
    fh_count(t, "],\"spooled\":", fh_waiting(c));
    fh_count(t, ",\"refused\":", c->facts.refused);
    fh_raw(t, "}");
}

static bool watches(const fh_client *c) {
    for (size_t i = 0; i < c->device_count; i++) {
        if (strcmp(c->devices[i].type, "wristband") == 0) return true;
    }
    return false;
}

static void told(fh_client *c, const fh_moment *now, size_t gaps) {
    c->report_due = false;
    c->anchor_told = now->known;
    c->refused_told = c->facts.refused;
    c->report_due_ms = UINT64_MAX;
    if (watches(c)) c->report_due_ms = now->up_ms + FH_HEARTBEAT_MS;
    if (c->facts.gap_count > 0) c->report_due_ms = now->up_ms + FH_REPEAT_MS;
    for (size_t i = 0; i < gaps; i++) c->facts.gaps[i].told = true;
}

fh_result fh_report(fh_client *c) {
    fh_moment now = fh_now(c);
    fh_result result = FH_TOO_LARGE;
    if (c->facts.refused != c->refused_told && c->report_due_ms > now.up_ms + FH_REPEAT_MS) {
        c->report_due_ms = now.up_ms + FH_REPEAT_MS;
    }
    if (now.known && !c->anchor_told) c->report_due = true;
    if (!c->report_due && now.up_ms < c->report_due_ms) return FH_OK;
    for (unsigned size = EVERYTHING; size < SIZES && result == FH_TOO_LARGE; size++) {
        fh_text t = {c->config.work, c->config.work_bytes, 0, false};
        size_t gaps = size >= ONE_GAP && c->facts.gap_count > 1 ? 1 : c->facts.gap_count;
        say_report(&t, c, &now, (size_class)size, gaps);
        if (t.full) continue;
        result = fh_say(c, "reported", t.p, t.len, true);
        if (result == FH_OK) told(c, &now, gaps);
    }
    return result;
}

void fh_gaps_changed(fh_client *c) {
    uint64_t soon_ms = c->port.up_ms(c->port.ctx) + FH_GAP_SOON_MS;
    if (c->report_due_ms > soon_ms) c->report_due_ms = soon_ms;
}

static bool may_be_text(const char *s) { return s == NULL || fh_is_text(s); }

static bool sayable(const fh_device *d) {
    if (!fh_is_name(d->device) || !fh_is_code(d->type) || d->worn > FH_YES || d->place_count > 64) return false;
    if (!may_be_text(d->uuid) || !may_be_text(d->serial) || !may_be_text(d->model)) return false;
    for (size_t i = 0; i < d->place_count; i++) {
        const fh_place *place = &d->places[i];
        if (!fh_is_name(place->slot) || place->supply > FH_RECEPTACLE || place->kind > FH_COUNT) return false;
        if (!may_be_text(place->description) || !(place->colour == NULL || fh_is_code(place->colour))) return false;
    }
    return true;
}

fh_result fh_devices(fh_client *c, const fh_device *devices, size_t count) {
    if (count > 64) return FH_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        if (!sayable(&devices[i])) return FH_ARGUMENT;
    }
    c->devices = devices;
    c->device_count = count;
    c->report_due = true;
    return FH_OK;
}
