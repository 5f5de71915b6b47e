/* Between the parts of the library; not for its users. */
#ifndef FH_INTERNAL_H
#define FH_INTERNAL_H

#include <string.h>

#include "../forehand.h"

enum { FH_READINGS = 0, FH_ALARMS = 1 };                          /* lanes; ALARMS goes first */
enum { FH_SPOOL_FULL, FH_WITHDRAWN, FH_QUARANTINED, FH_CORRUPT }; /* why a message was let go of */

#define FH_PURPOSES 6u
#define FH_MAX_INTEGER 9007199254740991u /* 2^53 - 1 */
#define FH_MAX_AT_MS 253402300799999u    /* the end of the year 9999 */
#define FH_MAX_UP_MS 3155760000000u      /* a hundred years */
#define FH_PLAUSIBLE_FROM_MS 1735689600000u /* 2025: a clock before that was never set */
#define FH_MAX_AMOUNT_MICRO 1000000000000000u
#define FH_MAX_RANGES 500u

#define FH_PLACES 8u            /* messages on their way at once */
#define FH_PLACES_FOR_ALARMS 2u /* of these: readings never take them */
#define FH_QUARANTINE_AFTER 8u  /* sends that went unanswered while others were answered */
#define FH_ANSWER_MS 30000u     /* until a reading is sent again; doubled up to the longest */
#define FH_LONGEST_MS 600000u
#define FH_ALARM_ANSWER_MS 10000u
#define FH_ALARM_LONGEST_MS 60000u
#define FH_GREETED_MS 3000u
#define FH_REPEAT_MS 300000u    /* a report with gaps, until they are answered */
#define FH_GAP_SOON_MS 5000u    /* from a new gap to its report */
#define FH_HEARTBEAT_MS 900000u /* of a home with a wristband */

/* -- words (fh_words.c): what the wire calls things, and what it takes for a name */
extern const char *const fh_lane_words[];
extern const char *const fh_loss_words[];
extern const char *const fh_purpose_words[];
extern const char *const fh_kind_words[];
extern const char *const fh_quality_words[];
extern const char *const fh_supply_words[];
extern const char *const fh_alarm_kind_words[];
extern const char *const fh_alarm_by_words[];
bool fh_is_agent(const char *s);
bool fh_is_name(const char *s);
bool fh_is_code(const char *s);
bool fh_is_text(const char *s); /* valid UTF-8, at most 200 characters, none of them a control character */

/* -- text (fh_text.c): JSON into a buffer; once it is full, nothing more is written */
typedef struct {
    char *p;
    size_t size, len;
    bool full;
} fh_text;
void fh_raw(fh_text *t, const char *s);
void fh_number(fh_text *t, uint64_t n);
void fh_micro(fh_text *t, uint64_t millionths);
void fh_hex(fh_text *t, const uint8_t *bytes, size_t count);
void fh_quoted(fh_text *t, const char *s);
void fh_field(fh_text *t, const char *before, const char *word); /* `before`, then the word in quotes, or null */
void fh_count(fh_text *t, const char *before, uint64_t n);       /* `before`, then the number */

/* -- json (fh_json.c): reads any bytes, in place, in bounded depth; `bad` once they are not what was asked for */
typedef struct {
    const char *s;
    size_t len, at;
    bool bad;
} fh_json;
typedef struct {
    const char *s;
    size_t len;
} fh_word;
bool fh_json_member(fh_json *j, bool *first, fh_word *key); /* false: the object is over, or bad */
bool fh_json_element(fh_json *j, bool *first);              /* false: the array is over, or bad */
void fh_json_open(fh_json *j, char bracket);
fh_word fh_json_string(fh_json *j); /* as it stands: escapes are checked, not resolved */
uint64_t fh_json_number(fh_json *j, uint64_t least, uint64_t most);
int fh_json_choice(fh_json *j, const char *const *words, size_t count);
void fh_json_skip(fh_json *j);
bool fh_json_ended(fh_json *j); /* nothing but white space is left, and nothing was bad */
bool fh_word_is(fh_word word, const char *s);

/* -- flash (fh_flash.c): sectors and records. Each has a seal (CRC-32), and a mark that can be set once. */
enum { FH_RECORD_MESSAGE = 1, FH_RECORD_FACTS = 2 };
typedef struct {
    uint8_t type, lane, purpose;
    uint16_t len;
    uint32_t seq, body_crc;
} fh_record;
typedef enum { FH_FOUND, FH_BLANK, FH_DIRTY } fh_sight;
uint32_t fh_crc(uint32_t crc, const void *data, size_t bytes);
uint32_t fh_unit(const fh_client *c);
uint32_t fh_sector_head(const fh_client *c);              /* bytes before a sector's first record */
uint32_t fh_record_size(const fh_client *c, size_t body); /* bytes that a record takes */
uint32_t fh_body_at(const fh_client *c, uint32_t record_at);
fh_result fh_sector_open(fh_client *c, uint32_t sector, uint32_t number);
fh_result fh_sector_commit(fh_client *c, uint32_t sector);
fh_result fh_sector_read(fh_client *c, uint32_t sector, uint32_t *number, bool *committed); /* number 0: none */
bool fh_repair(uint8_t *bytes, size_t count, uint32_t crc); /* of a single bit that rotted; false: it is more */
fh_result fh_record_write(fh_client *c, uint32_t at, const fh_record *record, const void *body);
fh_result fh_record_copy(fh_client *c, uint32_t from, uint32_t to, const fh_record *record);
fh_result fh_record_seen(fh_client *c, uint32_t at, fh_record *record, fh_sight *sight);
fh_result fh_record_whole(fh_client *c, uint32_t at, const fh_record *record, bool *whole);
fh_result fh_mark(fh_client *c, uint32_t at);
fh_result fh_marked(fh_client *c, uint32_t at, bool *marked);

/* -- facts (fh_facts.c): what a facts record holds */
#define FH_FACTS_BYTES (75u + 10u * FH_MAX_GAPS)
size_t fh_facts_pack(const fh_facts *facts, uint8_t out[FH_FACTS_BYTES]);
bool fh_facts_unpack(fh_facts *facts, const uint8_t *body, size_t len);

/* -- gaps (fh_gaps.c), in memory; fh_save keeps them */
bool fh_gap_add(fh_facts *facts, uint8_t lane, uint32_t seq, uint8_t reason); /* false: no place for another */
bool fh_gap_covers(const fh_facts *facts, uint8_t lane, uint32_t seq);
bool fh_gap_answered(fh_facts *facts, uint8_t lane, uint64_t first, uint64_t last); /* true: something changed */

/* -- ring (fh_ring.c): where the next record goes, and how room is made */
uint32_t fh_message_room(const fh_client *c); /* bytes of messages that one sector takes, the facts beside them */
uint32_t fh_budget(const fh_client *c);       /* bytes of messages that the whole ring takes */
fh_result fh_append_message(fh_client *c, const fh_record *record, const void *body, uint32_t *at);
fh_result fh_save(fh_client *c); /* the facts, as they are now */
fh_result fh_make_room(fh_client *c, uint32_t bytes);
fh_result fh_format(fh_client *c);

/* -- mount (fh_mount.c) */
fh_result fh_mount(fh_client *c);

/* -- spool (fh_spool.c) */
fh_slot *fh_oldest(const fh_client *c, uint8_t lane, uint32_t above, uint32_t from, uint32_t to); /* NULL: none */
fh_slot *fh_free_slot(const fh_client *c);
void fh_forget_slot(fh_client *c, fh_slot *slot);
fh_result fh_let_go(fh_client *c, fh_slot *slot);
fh_result fh_lose(fh_client *c, fh_slot *slot, uint8_t reason); /* declared first, then let go of */
fh_result fh_put(fh_client *c, uint8_t lane, fh_purpose purpose, const fh_text *body);
/* Let go of what is not allowed, or declared lost. `changed`: there are new facts to keep. */
fh_result fh_purge(fh_client *c, bool changed);
fh_result fh_broke(fh_client *c, fh_result result);

/* -- saying (fh_say.c, fh_report.c) and sending (fh_link.c) */
typedef struct {
    uint64_t up_ms, at_ms;
    bool known;
} fh_moment;
fh_moment fh_now(const fh_client *c);
void fh_say_anchor(fh_text *t, const fh_client *c, const fh_moment *now);
void fh_say_begin(fh_text *t, const fh_client *c);
fh_result fh_say(fh_client *c, const char *name, const char *body, size_t len, bool retain);
fh_result fh_report(fh_client *c);
void fh_gaps_changed(fh_client *c);
void fh_cloud_spoke(fh_client *c);
void fh_answered(fh_client *c, bool any);

#endif
