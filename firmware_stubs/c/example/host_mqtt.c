#include "host_mqtt.h"

#include <time.h>

#define KEEPALIVE_S 30
#define AGAIN_MS 500u
#define MOST_UNACKNOWLEDGED 20

static void on_connect(struct mosquitto *mosquitto, void *ctx, int refused) {
    host_mqtt *mqtt = ctx;
    char topic[FH_TOPIC_BYTES];
    if (refused != 0) return; /* the loop ends with an error, and tries again */
    (void)fh_subscription(mqtt->client, topic);
    (void)mosquitto_subscribe(mosquitto, NULL, topic, 1);
}

static void on_subscribe(struct mosquitto *mosquitto, void *ctx, int id, int count, const int *granted) {
    host_mqtt *mqtt = ctx;
    (void)mosquitto, (void)id, (void)count, (void)granted;
    fh_connected(mqtt->client); /* only now: `stored` must not pass by */
}

static void on_publish(struct mosquitto *mosquitto, void *ctx, int id) {
    host_mqtt *mqtt = ctx;
    (void)mosquitto, (void)id;
    mqtt->unacknowledged--; /* the broker has it, which means nothing: only `stored` counts */
}

static void on_message(struct mosquitto *mosquitto, void *ctx, const struct mosquitto_message *message) {
    host_mqtt *mqtt = ctx;
    (void)mosquitto;
    if (message->payloadlen < 0) return;
    (void)fh_heard(mqtt->client, message->topic, message->payload, (size_t)message->payloadlen);
}

static void hang_up(host_mqtt *mqtt, uint64_t now_ms) {
    fh_disconnected(mqtt->client);
    mosquitto_destroy(mqtt->mosquitto); /* and with it what it held: the spool has everything */
    mqtt->mosquitto = NULL;
    mqtt->unacknowledged = 0;
    mqtt->again_ms = now_ms + AGAIN_MS;
}

static bool dial(host_mqtt *mqtt) {
    fh_last_will will;
    mqtt->mosquitto = mosquitto_new(mqtt->agent, true, mqtt);
    if (mqtt->mosquitto == NULL || fh_will(mqtt->client, &will) != FH_OK) return false;
    mosquitto_connect_callback_set(mqtt->mosquitto, on_connect);
    mosquitto_subscribe_callback_set(mqtt->mosquitto, on_subscribe);
    mosquitto_publish_callback_set(mqtt->mosquitto, on_publish);
    mosquitto_message_callback_set(mqtt->mosquitto, on_message);
    (void)mosquitto_username_pw_set(mqtt->mosquitto, mqtt->agent, mqtt->password);
    (void)mosquitto_will_set(mqtt->mosquitto, will.topic, (int)will.body_bytes, will.body, 1, true);
    return mosquitto_connect(mqtt->mosquitto, mqtt->host, mqtt->port, KEEPALIVE_S) == MOSQ_ERR_SUCCESS;
}

fh_result host_mqtt_publish(host_mqtt *mqtt, const char *topic, const void *body, size_t bytes, bool retain) {
    if (mqtt->mosquitto == NULL) return FH_OFFLINE;
    if (mqtt->unacknowledged >= MOST_UNACKNOWLEDGED) return FH_BUSY;
    if (mosquitto_publish(mqtt->mosquitto, NULL, topic, (int)bytes, body, 1, retain) != MOSQ_ERR_SUCCESS) {
        return FH_OFFLINE;
    }
    mqtt->unacknowledged++;
    return FH_OK;
}

static void rest(int ms) {
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
    (void)nanosleep(&pause, NULL);
}

void host_mqtt_loop(host_mqtt *mqtt, uint64_t now_ms, int at_most_ms) {
    if (mqtt->mosquitto == NULL && now_ms >= mqtt->again_ms && !dial(mqtt)) hang_up(mqtt, now_ms);
    if (mqtt->mosquitto == NULL) {
        rest(at_most_ms);
    } else if (mosquitto_loop(mqtt->mosquitto, at_most_ms, 1) != MOSQ_ERR_SUCCESS) {
        hang_up(mqtt, now_ms);
    }
}

void host_mqtt_end(host_mqtt *mqtt) {
    for (int i = 0; i < 100 && mqtt->mosquitto != NULL && mqtt->unacknowledged > 0; i++) {
        host_mqtt_loop(mqtt, 0, 20);
    }
    if (mqtt->mosquitto == NULL) return;
    (void)mosquitto_disconnect(mqtt->mosquitto);
    hang_up(mqtt, 0);
}
