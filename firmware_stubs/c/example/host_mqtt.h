/* The MQTT side of the example, on libmosquitto: one connection after another, each with a will of its own. */
#ifndef HOST_MQTT_H
#define HOST_MQTT_H

#include <mosquitto.h>

#include "../forehand.h"

typedef struct {
    const char *host, *agent, *password;
    int port;
    fh_client *client;
    struct mosquitto *mosquitto; /* NULL: no connection is tried */
    uint64_t again_ms;           /* when to try one */
    int unacknowledged;
} host_mqtt;

/* What the port's `publish` does. */
fh_result host_mqtt_publish(host_mqtt *mqtt, const char *topic, const void *body, size_t bytes, bool retain);

/* Connect if need be, then listen for at most so long. */
void host_mqtt_loop(host_mqtt *mqtt, uint64_t now_ms, int at_most_ms);

/* Let what was published leave, then disconnect. */
void host_mqtt_end(host_mqtt *mqtt);

#endif
