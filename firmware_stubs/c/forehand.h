/* Forehand's wire for a microcontroller: readings and alarms, kept in flash until the cloud says that they are stored.
 *
 * C99. No heap, no stdio, no floating point, no threads of its own: call everything from one task, or under one lock.
 * All memory is the caller's: one `fh_client`, one text buffer, one array of `fh_slot`. Every call answers with an
 * `fh_result`; none aborts. Of the C library it needs memchr, memcmp, memcpy, memmove, memset, strcmp and strlen.
 *
 * Units stand in the names: `_ms` milliseconds, `_s` seconds, `_bytes`, `_micro` millionths of the unit of `kind`
 * (0.37 of a cartridge is 370000, 812.5 g are 812500000). Words are zero-terminated UTF-8 and are the caller's.
 *
 * The wire itself is told in docs/protocol.md; how to bind this to a board, in README.md beside this file.
 */
#ifndef FOREHAND_H
#define FOREHAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FH_MAX_GAPS 8u         /* stretches of lost messages that are remembered until the cloud knows them */
#define FH_TOPIC_BYTES 96u     /* enough for every topic, with its final zero */
#define FH_WORK_BYTES_MIN 512u /* the least text buffer: an alarm, or a report without devices */
#define FH_MAX_READINGS 100u   /* in one message */
#define FH_LANES 2u

typedef enum {
    FH_OK = 0,
    FH_IGNORED,    /* heard, and nothing follows from it */
    FH_BUSY,       /* of the board's `publish`: no room just now; it is tried again in the next `fh_work` */
    FH_OFFLINE,    /* there is no connection; what is spooled waits */
    FH_NO_CONSENT, /* the household does not allow it (yet): not taken, forget it */
    FH_FULL,       /* no room, and nothing that may be dropped: not taken, try an alarm again later */
    FH_TOO_LARGE,  /* does not fit the text buffer or a quarter of a sector or so: not taken */
    FH_ARGUMENT,   /* the wire has no place for this value: not taken */
    FH_MALFORMED,  /* heard, cannot be read, nothing was changed */
    FH_BOARD       /* flash or random numbers failed: begin again with `fh_init`; what was kept is still kept */
} fh_result;

typedef enum { FH_SUPPLY, FH_ORDER, FH_LEARN, FH_SAFETY, FH_MOVEMENT, FH_CIRCLE } fh_purpose;
typedef enum { FH_LEVEL_FRACTION, FH_AMOUNT_G, FH_AMOUNT_ML, FH_COUNT } fh_kind;
/* Only FH_GOOD and FH_COARSE carry a value; with every other quality the value is null on the wire. */
typedef enum { FH_GOOD, FH_COARSE, FH_SOME, FH_STALE, FH_UNKNOWN, FH_IMPLAUSIBLE } fh_quality;
typedef enum { FH_CONSUMABLE, FH_PART, FH_RECEPTACLE } fh_supply;
typedef enum { FH_FALL, FH_SOS } fh_alarm_kind;
typedef enum { FH_SUSPECTED, FH_CONFIRMED, FH_CANCELLED } fh_alarm_event;
typedef enum { FH_BY_WEARER, FH_BY_DETECTOR, FH_BY_RECOVERY } fh_alarm_by;
typedef enum { FH_NOT_SAID, FH_NO, FH_YES } fh_maybe;

/* What the board must provide. `ctx` is handed back untouched. The functions may not call this library. */
typedef struct {
    void *ctx;
    /* Hand one message to the MQTT client, QoS 1; it copies what it needs. FH_OK: taken; else FH_BUSY or FH_OFFLINE. */
    fh_result (*publish)(void *ctx, const char *topic, const void *body, size_t body_bytes, bool retain);
    uint64_t (*up_ms)(void *ctx);                   /* since this start, never steps back */
    bool (*wall_ms)(void *ctx, uint64_t *at_ms);    /* since 1970, UTC; false: not known */
    fh_result (*random)(void *ctx, void *out, size_t bytes);
    /* NOR flash, addressed from 0. Erasing sets a sector to 0xFF; programming only clears bits. Programs are whole
       units, begin at a unit, and never cross a page; a unit is programmed once between two erasures, and perhaps again
       with zeros. */
    fh_result (*flash_read)(void *ctx, uint32_t at, void *out, size_t bytes);
    fh_result (*flash_erase)(void *ctx, uint32_t at);
    fh_result (*flash_program)(void *ctx, uint32_t at, const void *data, size_t bytes);
} fh_port;

/* `unit_bytes`: what is programmed at once, a power of two up to 32. `page_bytes`: a multiple of it, at least 32.
   At least 2 sectors of at least 2048 bytes, at most 65536; one of them is always spare. */
typedef struct {
    uint32_t sector_bytes, sectors, unit_bytes, page_bytes;
} fh_flash_shape;

/* One message that waits. 32 bytes; their number bounds how many wait. Do not touch. */
typedef struct {
    uint64_t due_ms;
    uint32_t at, seq, answers;
    uint16_t len;
    uint8_t lane, purpose, tries, passed_over;
    bool used, sent;
} fh_slot;

typedef struct {
    const char *agent;   /* [a-z0-9][a-z0-9-]{0,62}; also the user name and client id at the broker */
    const char *version; /* of the firmware, told in `reported` */
    fh_flash_shape flash;
    char *work; /* text buffer: the largest message that can be built or sent */
    size_t work_bytes;
    fh_slot *slots;
    size_t slot_count; /* at least 4 */
} fh_config;

typedef struct {
    const char *device, *slot; /* [A-Za-z0-9][A-Za-z0-9._-]{0,62} */
    fh_kind kind;
    fh_quality quality;
    uint64_t value_micro;      /* at most 1 (a fraction) or 1e9 units */
    uint64_t resolution_micro; /* smallest step; 0: not known */
    const char *basis;         /* how it was measured: [a-z][a-z0-9_]{0,39}, "scale" */
    const char *serial;        /* of the cartridge or pack; NULL: none. At most 200 characters */
    uint64_t up_ms;            /* when it was measured; not in the future */
} fh_reading;

typedef struct {
    const char *slot;
    fh_supply supply;
    fh_kind kind;
    const char *description, *colour; /* NULL: not known */
} fh_place;

typedef struct {
    const char *device, *type;        /* "fridge-1", "scale" */
    const char *uuid, *serial, *model; /* NULL: not known; give a uuid or a serial where there is one */
    bool unreachable;
    fh_maybe worn;           /* of a wristband */
    uint8_t battery_percent; /* told in steps of 5; above 100: not known */
    const fh_place *places;
    size_t place_count; /* at most 64 */
} fh_device;

/* One occurrence; all its steps carry the same id. */
typedef struct {
    uint8_t id[16];
    fh_alarm_kind kind;
    const char *device;
} fh_alarm;

/* To be given to the broker when connecting: QoS 1, retained. */
typedef struct {
    char topic[FH_TOPIC_BYTES];
    char body[64];
    size_t body_bytes;
} fh_last_will;

typedef struct {
    uint32_t first, last;
    uint8_t lane, reason;
    bool told;
} fh_gap;

/* What outlives a reboot, beside the messages. Do not touch. */
typedef struct {
    uint8_t stream[16];
    uint32_t agent_crc, boot, session, refused, number, tail, next_seq[FH_LANES];
    bool has_desired;
    uint8_t purposes, gap_count;
    uint64_t config, consent;
    uint32_t poll_s, prealarm_s;
    fh_gap gaps[FH_MAX_GAPS];
} fh_facts;

/* The client. The caller gives the memory; `fh_init` fills it. Do not touch. */
typedef struct {
    fh_port port;
    fh_config config;
    fh_facts facts;
    const fh_device *devices;
    size_t device_count;
    uint64_t report_due_ms, heard_ms;
    uint32_t head, number, at, placed_bytes, live_bytes, answers, refused_told;
    bool broken, closed, connected, session_open, state_due, report_due, anchor_told;
} fh_client;

/* Mount the flash ring (or make a new one, with a new stream) and count this start. Up to a second or so of flash.
   FH_OK, FH_ARGUMENT (a shape, name or buffer that cannot be), FH_BOARD. `port` and `config` are copied. */
fh_result fh_init(fh_client *c, const fh_port *port, const fh_config *config);

/* The devices behind this agent, at most 64; they stay the caller's and must stay valid. Call again on change. */
fh_result fh_devices(fh_client *c, const fh_device *devices, size_t count);

/* Before each connection: what to subscribe to (QoS 1), and what the broker shall say when it breaks. */
fh_result fh_subscription(const fh_client *c, char topic[FH_TOPIC_BYTES]);
fh_result fh_will(fh_client *c, fh_last_will *out);

/* The connection stands and the subscription is made; it is gone. */
void fh_connected(fh_client *c);
void fh_disconnected(fh_client *c);

/* A message came: `stored` and `desired` are obeyed, others FH_IGNORED. FH_MALFORMED, FH_BOARD. Acknowledge it to
   the broker afterwards. */
fh_result fh_heard(fh_client *c, const char *topic, const void *body, size_t body_bytes);

/* Send what is due, alarms first. Call it after anything else, and when `fh_next_ms` has come. */
fh_result fh_work(fh_client *c);

/* Up time at which `fh_work` has something to do. UINT64_MAX: not before something else happens. */
uint64_t fh_next_ms(const fh_client *c);

/* One message with these readings. FH_OK: it is in the flash. The oldest readings give way to it when it is full. */
fh_result fh_readings(fh_client *c, const fh_reading *readings, size_t count);

/* Begin an alarm: fills `alarm` with a new id. */
fh_result fh_alarm_begin(fh_client *c, fh_alarm *alarm, fh_alarm_kind kind, const char *device);

/* Say one step of it. FH_OK: it is in the flash, and leaves before every reading. Say `suspected` at once: if nothing
   follows within `confirm_in_ms` (at most 300000), the cloud raises the alarm by itself. */
fh_result fh_alarm_suspected(fh_client *c, const fh_alarm *alarm, uint32_t confirm_in_ms);
fh_result fh_alarm_confirmed(fh_client *c, const fh_alarm *alarm, fh_alarm_by by);
fh_result fh_alarm_cancelled(fh_client *c, const fh_alarm *alarm, fh_alarm_by by);

/* Before a wanted sleep: `state` says so. Then let the MQTT client finish, and disconnect. */
fh_result fh_goodbye(fh_client *c);

/* What the household allows and wishes. Without a wish: false, 900, 30. */
bool fh_allows(const fh_client *c, fh_purpose purpose);
uint32_t fh_poll_s(const fh_client *c);
uint32_t fh_prealarm_s(const fh_client *c);

/* How many messages wait for `stored`. */
size_t fh_waiting(const fh_client *c);

#endif
