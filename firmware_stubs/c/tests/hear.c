/* What a client makes of any bytes. Each line: `stored` or `desired`, and the body as hex. Each answer: the result,
 * then what is in force, then which messages still wait. Before every line the client is as it was at first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_flash.h"

static sim_flash flash, flash_at_first;
static fh_client client, client_at_first;
static fh_slot slots[16], slots_at_first[16];
static char work[1024], line[140000];

static fh_result publish(void *ctx, const char *topic, const void *body, size_t len, bool retain) {
    (void)ctx, (void)topic, (void)body, (void)len, (void)retain;
    return FH_OK;
}

static uint64_t up_ms(void *ctx) {
    (void)ctx;
    return 5000;
}

static bool wall_ms(void *ctx, uint64_t *at_ms) {
    (void)ctx, (void)at_ms;
    return false;
}

static fh_result random_bytes(void *ctx, void *out, size_t bytes) {
    (void)ctx;
    memset(out, 0x5A, bytes);
    return FH_OK;
}

static fh_result hear(const char *name, const char *body, size_t len) {
    char topic[FH_TOPIC_BYTES];
    snprintf(topic, sizeof topic, "forehand/v1/pi-1/down/%.20s", name);
    return fh_heard(&client, topic, body, len);
}

static void begin(void) {
    static const char wish[] = "{\"config\":3,\"consent\":3,\"purposes\":[\"supply\",\"safety\"]}";
    fh_port port = {&flash, publish, up_ms, wall_ms, random_bytes, sim_read, sim_erase, sim_program};
    fh_config config = {"pi-1", "0", {4096, 4, 4, 256}, work, sizeof work, slots, 16};
    fh_reading reading = {"fridge-1", "milk", FH_AMOUNT_G, FH_GOOD, 1, 0, "scale", NULL, 0};
    fh_alarm alarm;
    sim_new(&flash, config.flash);
    if (fh_init(&client, &port, &config) != FH_OK || hear("desired", wish, sizeof wish - 1u) != FH_OK) exit(2);
    for (int i = 0; i < 6; i++) {
        if (fh_readings(&client, &reading, 1) != FH_OK) exit(2);
    }
    if (fh_alarm_begin(&client, &alarm, FH_SOS, "band-1") != FH_OK) exit(2);
    if (fh_alarm_confirmed(&client, &alarm, FH_BY_WEARER) != FH_OK) exit(2);
    if (fh_alarm_confirmed(&client, &alarm, FH_BY_WEARER) != FH_OK) exit(2);
    flash_at_first = flash;
    client_at_first = client;
    memcpy(slots_at_first, slots, sizeof slots);
}

static void one(const char *name, const char *hex) {
    const fh_facts *now = &client.facts;
    size_t len = strlen(hex) / 2;
    char *exact = malloc(len > 0 ? len : 1u); /* not a byte more: sanitizers see who reads beyond */
    if (exact == NULL) exit(2);
    for (size_t i = 0; i < len; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], 0};
        exact[i] = (char)strtoul(two, NULL, 16);
    }
    flash = flash_at_first;
    client = client_at_first;
    memcpy(slots, slots_at_first, sizeof slots);
    printf("%d", (int)hear(name, exact, len));
    printf(" %llu %llu %u", (unsigned long long)now->config, (unsigned long long)now->consent, (unsigned)now->purposes);
    printf(" %u %u", (unsigned)now->poll_s, (unsigned)now->prealarm_s);
    for (size_t i = 0; i < 16; i++) {
        if (slots[i].used) printf(" %c%u", slots[i].lane == 0 ? 'r' : 'a', (unsigned)slots[i].seq);
    }
    printf("\n");
    free(exact);
}

int main(void) {
    begin();
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *name = strtok(line, " \n"), *hex = strtok(NULL, " \n");
        if (name != NULL) one(name, hex == NULL ? "" : hex);
        fflush(stdout);
    }
    return 0;
}
