/* One client that a test talks to: a command in each line, the answer as `= NUMBER`, what it publishes as
 * `> TOPIC RETAINED HEX`. Words of the wire come as hex, so that they can be anything; `-` is NULL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_flash.h"

#define MOST 100u

static sim_flash flash;
static fh_client client;
static fh_slot slots[64];
static char work[8192], line[140000];
static struct {
    uint64_t up_ms, at_ms;
    bool known;
    unsigned room, chances; /* of the broker: so many more messages */
} board = {1000, 0, false, 100000, 7};

static fh_reading readings[MOST];
static fh_device devices[MOST];
static fh_place places[MOST];
static size_t reading_count, device_count, place_count;
static fh_alarm alarm;

static fh_result publish(void *ctx, const char *topic, const void *body, size_t len, bool retain) {
    (void)ctx;
    if (board.room == 0) return FH_BUSY;
    board.room--;
    printf("> %s %d ", topic, (int)retain);
    for (size_t i = 0; i < len; i++) printf("%02x", ((const unsigned char *)body)[i]);
    printf("\n");
    return FH_OK;
}

static uint64_t up_ms(void *ctx) {
    (void)ctx;
    return board.up_ms;
}

static bool wall_ms(void *ctx, uint64_t *at_ms) {
    (void)ctx;
    *at_ms = board.at_ms;
    return board.known;
}

static fh_result random_bytes(void *ctx, void *out, size_t bytes) {
    (void)ctx;
    for (size_t i = 0; i < bytes; i++) ((uint8_t *)out)[i] = (uint8_t)sim_chance(&board.chances);
    return FH_OK;
}

static char *next(void) {
    char *word = strtok(NULL, " \n");
    if (word == NULL) {
        fprintf(stderr, "a word is missing\n");
        exit(2);
    }
    return word;
}

static uint64_t number(void) { return strtoull(next(), NULL, 10); }

/* Zero-terminated, on the heap and no byte longer: sanitizers see who reads beyond. */
static char *bytes(size_t *len) {
    const char *hex = next();
    size_t n = strlen(hex) / 2;
    char *out;
    if (hex[0] == '-') return NULL;
    if (hex[0] == '.') n = 0; /* an empty word */
    out = malloc(n + 1u);
    if (out == NULL) exit(2);
    for (size_t i = 0; i < n; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], 0};
        out[i] = (char)strtoul(two, NULL, 16);
    }
    out[n] = '\0';
    if (len != NULL) *len = n;
    return out;
}

static fh_result start(uint64_t slot_count, uint64_t sectors) {
    static const fh_flash_shape shape = {4096, 8, 8, 256};
    fh_port port = {&flash, publish, up_ms, wall_ms, random_bytes, sim_read, sim_erase, sim_program};
    fh_config config = {"pi-1", "0.1.0", {0, 0, 0, 0}, work, sizeof work, slots, 0};
    config.flash = shape;
    config.flash.sectors = (uint32_t)sectors;
    config.slot_count = (size_t)slot_count;
    return fh_init(&client, &port, &config);
}

static fh_result heard(void) {
    char topic[FH_TOPIC_BYTES];
    size_t len = 0;
    char *body, *exact;
    fh_result result;
    snprintf(topic, sizeof topic, "forehand/v1/pi-1/down/%.40s", next());
    body = bytes(&len);
    exact = malloc(len > 0 ? len : 1u);
    if (body == NULL || exact == NULL) exit(2);
    memcpy(exact, body, len);
    result = fh_heard(&client, topic, exact, len);
    free(exact);
    free(body);
    return result;
}

static fh_result reading(void) {
    fh_reading *r = &readings[reading_count++ % MOST];
    r->device = bytes(NULL);
    r->slot = bytes(NULL);
    r->kind = (fh_kind)number();
    r->quality = (fh_quality)number();
    r->value_micro = number();
    r->resolution_micro = number();
    r->basis = bytes(NULL);
    r->serial = bytes(NULL);
    r->up_ms = number();
    return FH_OK;
}

static fh_result device(void) {
    fh_device *d = &devices[device_count++ % MOST];
    d->device = bytes(NULL);
    d->type = bytes(NULL);
    d->uuid = bytes(NULL);
    d->serial = bytes(NULL);
    d->model = bytes(NULL);
    d->unreachable = number() != 0;
    d->worn = (fh_maybe)number();
    d->battery_percent = (uint8_t)number();
    d->places = &places[place_count % MOST];
    d->place_count = 0;
    return FH_OK;
}

static fh_result place(void) {
    fh_place *p = &places[place_count++ % MOST];
    p->slot = bytes(NULL);
    p->supply = (fh_supply)number();
    p->kind = (fh_kind)number();
    p->description = bytes(NULL);
    p->colour = bytes(NULL);
    devices[(device_count - 1) % MOST].place_count++;
    return FH_OK;
}

static fh_result will(void) {
    fh_last_will out;
    fh_result result = fh_will(&client, &out);
    board.room++;
    if (result == FH_OK) (void)publish(NULL, out.topic, out.body, out.body_bytes, true);
    return result;
}

static fh_result send_readings(void) {
    fh_result result = fh_readings(&client, readings, reading_count);
    reading_count = 0;
    return result;
}

static fh_result clock_is(void) {
    const char *at;
    board.up_ms = number();
    at = next();
    board.known = at[0] != '-';
    board.at_ms = strtoull(at, NULL, 10);
    return FH_OK;
}

static fh_result connected(bool is) {
    if (is) fh_connected(&client);
    if (!is) fh_disconnected(&client);
    return FH_OK;
}

static fh_result room(void) {
    board.room = (unsigned)number();
    return FH_OK;
}

static fh_result tell(void) {
    char topic[FH_TOPIC_BYTES];
    (void)fh_subscription(&client, topic);
    printf("? %s %llu %zu\n", topic, (unsigned long long)fh_next_ms(&client), fh_waiting(&client));
    return FH_OK;
}

static fh_result obey(const char *word) {
    if (strcmp(word, "start") == 0) {
        uint64_t slot_count = number();
        return start(slot_count, number());
    }
    if (strcmp(word, "clock") == 0) return clock_is();
    if (strcmp(word, "room") == 0) return room();
    if (strcmp(word, "connect") == 0) return connected(true);
    if (strcmp(word, "disconnect") == 0) return connected(false);
    if (strcmp(word, "heard") == 0) return heard();
    if (strcmp(word, "reading") == 0) return reading();
    if (strcmp(word, "readings") == 0) return send_readings();
    if (strcmp(word, "device") == 0) return device();
    if (strcmp(word, "place") == 0) return place();
    if (strcmp(word, "devices") == 0) return fh_devices(&client, devices, device_count);
    if (strcmp(word, "begin") == 0) {
        fh_alarm_kind kind = (fh_alarm_kind)number();
        return fh_alarm_begin(&client, &alarm, kind, bytes(NULL));
    }
    if (strcmp(word, "suspected") == 0) return fh_alarm_suspected(&client, &alarm, (uint32_t)number());
    if (strcmp(word, "confirmed") == 0) return fh_alarm_confirmed(&client, &alarm, (fh_alarm_by)number());
    if (strcmp(word, "cancelled") == 0) return fh_alarm_cancelled(&client, &alarm, (fh_alarm_by)number());
    if (strcmp(word, "work") == 0) return fh_work(&client);
    if (strcmp(word, "will") == 0) return will();
    if (strcmp(word, "goodbye") == 0) return fh_goodbye(&client);
    if (strcmp(word, "tell") == 0) return tell();
    fprintf(stderr, "unknown: %s\n", word);
    exit(2);
}

/* A word that stays in use is never freed, on purpose. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

int main(void) {
    sim_new(&flash, (fh_flash_shape){4096, 8, 8, 256});
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *word = strtok(line, " \n");
        if (word != NULL) printf("= %d\n", (int)obey(word));
        fflush(stdout);
    }
    return 0;
}
