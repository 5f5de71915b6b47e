/* A scale with a button, on this machine: `example_host AGENT HOST PORT FLASH_FILE EVERY_MS COUNT`, the password in
 * FH_PASSWORD.
 *
 * It weighs every EVERY_MS until COUNT readings are in the flash, and ends when the cloud has stored all of them. A
 * line `sos` on its standard input presses the button. Each line it prints says what was kept. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host_board.h"
#include "host_mqtt.h"

#define DEVICE "fridge-1"
#define WAIT_MS 20
#define SLOTS 500

typedef struct {
    host_board board; /* first: the port's functions know it by this address */
    host_mqtt mqtt;
    fh_client client;
    fh_slot slots[SLOTS];
    char work[1024];
    uint64_t next_ms;
    unsigned every_ms, count, kept;
    fh_alarm alarm;
    bool alarm_waits, button_gone;
} machine;

static fh_result publish(void *ctx, const char *topic, const void *body, size_t bytes, bool retain) {
    return host_mqtt_publish(&((machine *)ctx)->mqtt, topic, body, bytes, retain);
}

static bool begin(machine *m, char **words) {
    static const fh_place places[] = {{"milk", FH_CONSUMABLE, FH_AMOUNT_G, "Milk", "white"}};
    static const fh_device devices[] = {
        {DEVICE, "scale", NULL, "SC-0042", "Example scale", false, FH_NOT_SAID, 255, places, 1},
    };
    fh_port port;
    fh_config config;
    memset(&port, 0, sizeof port);
    memset(&config, 0, sizeof config);
    if (!host_board_open(&m->board, words[4])) return false;
    host_board_port(&m->board, &port);
    port.ctx = m;
    port.publish = publish;
    config.agent = words[1];
    config.version = "0.1.0";
    config.flash = host_board_shape();
    config.work = m->work;
    config.work_bytes = sizeof m->work;
    config.slots = m->slots;
    config.slot_count = SLOTS;
    m->mqtt.agent = words[1];
    m->mqtt.host = words[2];
    m->mqtt.port = atoi(words[3]);
    m->mqtt.password = getenv("FH_PASSWORD");
    m->mqtt.client = &m->client;
    m->every_ms = (unsigned)atoi(words[5]);
    m->count = (unsigned)atoi(words[6]);
    return fh_init(&m->client, &port, &config) == FH_OK && fh_devices(&m->client, devices, 1) == FH_OK;
}

static uint64_t now_ms(machine *m) { return m->client.port.up_ms(m); }

static void weigh(machine *m) {
    fh_reading reading = {DEVICE, "milk", FH_AMOUNT_G, FH_GOOD, 0, 1000000u, "scale", NULL, 0};
    if (m->kept >= m->count || now_ms(m) < m->next_ms) return;
    m->next_ms = now_ms(m) + m->every_ms;
    reading.value_micro = (uint64_t)(1000u - m->kept % 1000u) * 1000000u;
    reading.up_ms = now_ms(m);
    if (fh_readings(&m->client, &reading, 1) != FH_OK) return; /* not allowed yet, perhaps */
    printf("kept %u\n", ++m->kept);
    fflush(stdout);
}

static void look_at_button(machine *m) {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    char line[16];
    if (!m->button_gone && poll(&input, 1, 0) > 0) {
        if (fgets(line, sizeof line, stdin) == NULL) {
            m->button_gone = true;
        } else if (strcmp(line, "sos\n") == 0) {
            m->alarm_waits = fh_alarm_begin(&m->client, &m->alarm, FH_SOS, DEVICE) == FH_OK;
        }
    }
    if (m->alarm_waits && fh_alarm_confirmed(&m->client, &m->alarm, FH_BY_WEARER) == FH_OK) {
        m->alarm_waits = false; /* what was not taken is said again in the next round */
        printf("alarm\n");
        fflush(stdout);
    }
}

int main(int argc, char **argv) {
    static machine m;
    if (argc != 7 || !begin(&m, argv)) {
        fprintf(stderr, "usage: example_host AGENT HOST PORT FLASH_FILE EVERY_MS COUNT\n");
        return 2;
    }
    (void)setvbuf(stdin, NULL, _IONBF, 0);
    (void)mosquitto_lib_init();
    while (m.kept < m.count || fh_waiting(&m.client) > 0) {
        weigh(&m);
        look_at_button(&m);
        (void)fh_work(&m.client);
        host_mqtt_loop(&m.mqtt, now_ms(&m), WAIT_MS);
        if (m.client.broken) return 3; /* a board would begin again here */
    }
    (void)fh_goodbye(&m.client);
    host_mqtt_end(&m.mqtt);
    (void)mosquitto_lib_cleanup();
    return 0;
}
