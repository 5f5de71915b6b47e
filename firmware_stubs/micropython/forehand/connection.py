"""MQTT 3.1.1 over `umqtt.simple`, as boards have it. Not `umqtt.robust`: it reconnects unseen, and nobody says `ready`.

`publish` waits for the broker's acknowledgement and hears what comes meanwhile. A connection that stands half open
holds it up for as long as the socket allows: a watchdog has to reset the board then. What was spooled is still there.
"""

SHORTEST_WAIT_MS, LONGEST_WAIT_MS = 1_000, 60_000
MOST_AT_ONCE = 20  # messages heard between two steps
LAST_PACKET_ID = 60_000  # umqtt counts on past 65,535, where no acknowledgement is its own any more


class Connection:
    """`mqtt`: an `MQTTClient` of umqtt.simple with the agent's id as client id and user. `up_ms()` never steps back."""

    def __init__(self, mqtt, up_ms, keepalive_s=60):
        self._mqtt = mqtt
        self._up_ms = up_ms
        self._ping_every_ms = keepalive_s * 500
        self._client = None
        self._is_up = False
        self._due_ms = up_ms()
        self._wait_ms = SHORTEST_WAIT_MS

    def serve(self, client):
        """Once, before anything else: whose messages these are."""
        self._client = client
        self._mqtt.set_callback(client.heard)

    def publish(self, topic, payload, retain):
        """For the board. False: the connection is gone."""
        if not self._is_up:
            return False
        if self._mqtt.pid > LAST_PACKET_ID:
            self._mqtt.pid = 0
        return self._tried(lambda: self._mqtt.publish(topic, payload, retain, 1))

    def work(self):
        """Connect when it is time to, else hear what there is. Call it often."""
        if self._is_up:
            self._tried(self._hear)
        elif self._up_ms() >= self._due_ms and self._tried(self._connect):
            self._is_up, self._wait_ms = True, SHORTEST_WAIT_MS
            self._client.connected()

    def close(self):
        """After `client.sleeping`: without the broker saying our will."""
        if self._is_up:
            self._is_up = False
            self._tried(self._mqtt.disconnect)

    def _connect(self):
        topic, payload = self._client.will()
        self._mqtt.set_last_will(topic, payload, True, 1)  # noqa: FBT003 - umqtt's words
        self._mqtt.connect(False)  # noqa: FBT003 - no clean session: answers wait for us at the broker
        self._mqtt.subscribe(self._client.subscription(), 1)
        self._due_ms = self._up_ms() + self._ping_every_ms

    def _hear(self):
        for _ in range(MOST_AT_ONCE):
            if self._mqtt.check_msg() is None:
                break
        if self._up_ms() >= self._due_ms:
            self._due_ms = self._up_ms() + self._ping_every_ms
            self._mqtt.ping()

    def _tried(self, work):
        try:
            work()
        except Exception:  # noqa: BLE001 - umqtt raises whatever a cut-off answer leads to
            self._is_up = False
            self._client.lost()
            self._due_ms = self._up_ms() + self._wait_ms
            self._wait_ms = min(2 * self._wait_ms, LONGEST_WAIT_MS)
            return False
        return True
