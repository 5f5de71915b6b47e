#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/fh_internal.h"

void life_fault(life *l, const char *what) {
    if (l->fault == NULL) l->fault = what;
}

static int lane_of(const char *name) {
    return strcmp(name, "readings") == 0 ? FH_READINGS : strcmp(name, "alarms") == 0 ? FH_ALARMS : -1;
}

static unsigned long field(const char *body, const char *key) {
    const char *at = strstr(body, key);
    return at == NULL ? 0 : strtoul(at + strlen(key), NULL, 10);
}

/* The next gap of a report; NULL: there is no other. */
static const char *next_gap(const char *at, int *lane, unsigned long *first, unsigned long *last) {
    at = at == NULL ? NULL : strstr(at, "\"lane\":\"");
    if (at == NULL) return NULL;
    *lane = strncmp(at + 8, "alarms", 6) == 0 ? FH_ALARMS : FH_READINGS;
    at = strstr(at, "\"range\":[");
    return at != NULL && sscanf(at, "\"range\":[%lu,%lu]", first, last) == 2 ? at : NULL;
}

static void note_gaps(const char *body, bool noted[FH_LANES][LIFE_MOST_SEQ]) {
    unsigned long first, last;
    int lane;
    for (const char *at = strstr(body, "\"gaps\":[{"); (at = next_gap(at, &lane, &first, &last)) != NULL;) {
        for (unsigned long i = first; i <= last && i < LIFE_MOST_SEQ; i++) noted[lane][i] = true;
    }
}

static void judge(life *l, const life_message *m) {
    int lane = lane_of(m->name);
    unsigned long seq = field(m->body, "\"seq\":");
    uint32_t seal = fh_crc(1, m->body, m->len);
    const char *stream = strstr(m->body, "\"stream\":\"");
    if (stream != NULL && l->stream[0] == '\0') memcpy(l->stream, stream + 10, 32);
    if (stream != NULL && memcmp(l->stream, stream + 10, 32) != 0) life_fault(l, "another stream");
    if (lane < 0) {
        note_gaps(m->body, l->reported_lost);
        return;
    }
    if (!l->wished) life_fault(l, "a message left before anything was allowed");
    if (lane == FH_READINGS && !l->supply_allowed) life_fault(l, "a reading left after the withdrawal");
    if (seq == 0 || seq >= LIFE_MOST_SEQ) {
        life_fault(l, "a number out of range");
    } else if (l->said[lane][seq] != 0 && l->said[lane][seq] != seal) {
        life_fault(l, "a number was used again for other bytes");
    } else if (l->reported_lost[lane][seq]) {
        life_fault(l, "a message left that was declared lost before");
    } else {
        l->said[lane][seq] = seal;
    }
}

static fh_result publish(void *ctx, const char *topic, const void *body, size_t len, bool retain) {
    life *l = ctx;
    life_message *m = &l->mail[l->mail_count];
    (void)retain;
    if (l->lines_down) return FH_OFFLINE;
    if (l->mail_count == 64) return FH_BUSY;
    if (len >= sizeof m->body) return FH_OFFLINE;
    snprintf(m->name, sizeof m->name, "%s", strrchr(topic, '/') + 1);
    memcpy(m->body, body, len);
    m->body[len] = '\0';
    m->len = len;
    l->mail_count++;
    judge(l, m);
    return FH_OK;
}

static uint64_t up_ms(void *ctx) { return ((life *)ctx)->up_ms; }

static bool wall_ms(void *ctx, uint64_t *at_ms) {
    life *l = ctx;
    *at_ms = l->epoch_ms + l->up_ms;
    return l->clock_set;
}

static fh_result random_bytes(void *ctx, void *out, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) ((uint8_t *)out)[i] = (uint8_t)sim_chance(&((life *)ctx)->chances);
    return FH_OK;
}

static fh_result flash_read(void *ctx, uint32_t at, void *out, size_t n) {
    return sim_read(((life *)ctx)->flash, at, out, n);
}
static fh_result flash_erase(void *ctx, uint32_t at) { return sim_erase(((life *)ctx)->flash, at); }
static fh_result flash_program(void *ctx, uint32_t at, const void *data, size_t n) {
    return sim_program(((life *)ctx)->flash, at, data, n);
}

void life_begin(life *l, sim_flash *flash, size_t slot_count) {
    memset(l, 0, sizeof *l);
    l->flash = flash;
    l->slot_count = slot_count;
    l->script = 2463534242u;
    l->chances = 12345u;
    l->epoch_ms = 1795334400000u;
    l->supply_granted = true;
}

static fh_result hear(life *l, const char *name, const char *body) {
    char topic[FH_TOPIC_BYTES];
    snprintf(topic, sizeof topic, "forehand/v1/band-1/down/%s", name);
    return fh_heard(&l->client, topic, body, strlen(body));
}

static void wish(life *l) {
    char body[160];
    snprintf(body, sizeof body, "{\"v\":1,\"config\":1,\"consent\":%u,\"purposes\":[%s\"safety\"]}", l->consent,
             l->supply_granted ? "\"supply\"," : "");
    if (l->supply_granted) l->supply_allowed = true; /* from here on a reading may leave: the flash may know it */
    l->wished = true;
    if (hear(l, "desired", body) <= FH_IGNORED) l->supply_allowed = l->supply_granted;
}

static void connect(life *l) {
    fh_last_will will;
    if (fh_will(&l->client, &will) != FH_OK) life_fault(l, "no will");
    if (l->client.facts.session < l->session) life_fault(l, "a session's number went down");
    l->session = l->client.facts.session;
    l->mail_count = 0;
    l->lines_down = false;
    fh_connected(&l->client);
    (void)fh_work(&l->client);
    if (l->consent > 0) wish(l);
}

void life_boot(life *l) {
    fh_port port = {l, publish, up_ms, wall_ms, random_bytes, flash_read, flash_erase, flash_program};
    fh_config config = {"band-1", "1.0", {0, 0, 0, 0}, l->work, sizeof l->work, l->slots, l->slot_count};
    fh_result result;
    config.flash = l->flash->shape;
    l->up_ms = 1000;
    l->clock_set = false;
    l->lines_down = true;
    l->mail_count = 0;
    result = fh_init(&l->client, &port, &config);
    if (result != FH_OK) life_fault(l, "it does not start");
    if (l->client.facts.boot <= l->boot) life_fault(l, "a boot's number was used again");
    l->boot = l->client.facts.boot;
}

static void answer(life *l, const life_message *m, unsigned chance) {
    int lane = lane_of(m->name);
    unsigned long seq = field(m->body, "\"seq\":"), first, last;
    char body[400], what[100];
    const char *gap = strstr(m->body, "\"gaps\":[{");
    if (lane >= 0) {
        snprintf(what, sizeof what, "\"ranges\":[[%lu,%lu]]", seq, seq);
        if (chance % 8 == 0) snprintf(what, sizeof what, "\"refused\":[{\"seq\":%lu,\"reason\":\"revoked\"}]", seq);
        snprintf(body, sizeof body, "{\"v\":1,\"stream\":\"%.32s\",\"lane\":\"%s\",%s}", l->stream,
                 fh_lane_words[lane], what);
    }
    if (lane >= 0) {
        if (seq < LIFE_MOST_SEQ) l->stored[lane][seq] = true;
        (void)hear(l, "stored", body);
        return;
    }
    note_gaps(m->body, l->declared);
    while ((gap = next_gap(gap, &lane, &first, &last)) != NULL) {
        snprintf(body, sizeof body, "{\"stream\":\"%.32s\",\"lane\":\"%s\",\"gaps\":[[%lu,%lu]]}", l->stream,
                 fh_lane_words[lane], first, last);
        (void)hear(l, "stored", body);
    }
}

/* Everything that came, and then nothing of it is left. `lossy`: some of it nobody hears. */
static void answer_all(life *l, bool lossy) {
    life_message mail[64];
    size_t count = l->mail_count;
    memcpy(mail, l->mail, count * sizeof mail[0]);
    l->mail_count = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned chance = sim_chance(&l->script);
        if (!lossy || chance % 3 != 0) answer(l, &mail[i], lossy ? chance / 3 : 1);
    }
}

static void note(life *l, uint8_t lane, fh_result result) {
    uint32_t seq = l->client.facts.next_seq[lane] - 1u;
    if (result == FH_OK && seq < LIFE_MOST_SEQ) l->kept[lane][seq] = true;
    if (result == FH_OK && lane == FH_READINGS && !l->supply_allowed) life_fault(l, "a reading was taken unasked");
    if (result > FH_TOO_LARGE) life_fault(l, "a call went wrong");
}

static void measure(life *l, int step) {
    fh_reading reading = {"fridge-1", "milk", FH_AMOUNT_G, FH_GOOD, 0, 1000000u, "scale", NULL, 0};
    reading.value_micro = (uint64_t)step * 1234567u;
    reading.up_ms = l->up_ms;
    reading.serial = step % 3 == 0 ? "a number that makes this message longer than others, so that sizes differ" : NULL;
    note(l, FH_READINGS, fh_readings(&l->client, &reading, 1));
}

static void alarm_step(life *l, int step) {
    fh_alarm alarm;
    (void)fh_alarm_begin(&l->client, &alarm, step % 2 ? FH_SOS : FH_FALL, "band-1");
    if (step % 4 == 0) note(l, FH_ALARMS, fh_alarm_suspected(&l->client, &alarm, 30000));
    note(l, FH_ALARMS, fh_alarm_confirmed(&l->client, &alarm, FH_BY_WEARER));
}

void life_step(life *l, int step) {
    unsigned chance = sim_chance(&l->script) >> 3; /* drawn first: a cut does not change what follows */
    l->up_ms += 1000u + chance % 20000u;
    if (step == 1 || step == 44 || step == 50) {
        l->consent++;
        l->supply_granted = step != 44;
        connect(l);
    } else if (step == 20) {
        l->clock_set = true;
    } else if (step == 12 || step == 30 || step == 60) {
        l->lines_down = true; /* for a while: the flash fills */
    } else if (step == 26 || step == 40 || step == 66) {
        connect(l);
    } else if (chance % 8 < 5) {
        measure(l, step);
    } else if (chance % 8 == 5) {
        alarm_step(l, step);
    }
    (void)fh_work(&l->client);
    if (!l->lines_down && chance / 8 % 2 == 0) answer_all(l, true);
}

void life_end(life *l) {
    connect(l);
    for (int i = 0; i < 400 && (i < 8 || fh_waiting(&l->client) > 0 || l->client.facts.gap_count > 0); i++) {
        l->up_ms += 60000;
        (void)fh_work(&l->client);
        answer_all(l, false);
    }
    if (fh_waiting(&l->client) > 0) life_fault(l, "something waits for ever");
    if (l->client.facts.gap_count > 0) life_fault(l, "a gap waits for ever");
    for (int lane = 0; lane < (int)FH_LANES; lane++) {
        for (uint32_t seq = 1; seq < LIFE_MOST_SEQ; seq++) {
            if (!l->kept[lane][seq] || l->stored[lane][seq]) continue;
            if (lane == FH_ALARMS && !l->rotten) life_fault(l, "an alarm that was taken is lost");
            if (!l->declared[lane][seq]) life_fault(l, "a message that was taken is lost, and nobody says so");
        }
    }
}
