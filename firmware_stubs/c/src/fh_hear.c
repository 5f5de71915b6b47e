/* `stored` and `desired`: first read to the end, then obeyed, so that half a message changes nothing. */
#include "fh_internal.h"

typedef struct {
    uint8_t stream[16];
    bool has_stream, has_lane, ours;
    int lane; /* FH_LANES: one that is not spoken here */
    size_t ranges_at, refused_at, gaps_at; /* where the arrays begin; 0: there is none */
} stored;

static const char *const refusals[] = {"malformed", "unknown_version", "too_large", "no_consent", "revoked"};
static const char *const lanes[] = {"readings", "alarms", "results"};

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

static void read_stream(fh_json *j, uint8_t out[16]) {
    fh_word word = fh_json_string(j);
    if (word.len != 32) j->bad = true;
    for (size_t i = 0; !j->bad && i < 16; i++) {
        int high = nibble(word.s[2 * i]), low = nibble(word.s[2 * i + 1]);
        if (high < 0 || low < 0) j->bad = true;
        out[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
}

/* The next range of an array; false: it is over, or bad. */
static bool range(fh_json *j, bool *first, uint64_t span[2]) {
    bool begins = true;
    if (!fh_json_element(j, first)) return false;
    fh_json_open(j, '[');
    for (int i = 0; i < 2; i++) {
        if (!fh_json_element(j, &begins)) j->bad = true;
        span[i] = fh_json_number(j, 1, FH_MAX_INTEGER);
    }
    if (fh_json_element(j, &begins)) j->bad = true;
    return !j->bad;
}

static bool refused(fh_json *j, bool *first, uint64_t *seq) {
    bool begins = true, has_seq = false, has_reason = false;
    fh_word key;
    if (!fh_json_element(j, first)) return false;
    fh_json_open(j, '{');
    while (fh_json_member(j, &begins, &key)) {
        if (fh_word_is(key, "seq")) {
            *seq = fh_json_number(j, 1, FH_MAX_INTEGER);
            has_seq = true;
        } else if (fh_word_is(key, "reason")) {
            (void)fh_json_choice(j, refusals, 5);
            has_reason = true;
        } else {
            fh_json_skip(j);
        }
    }
    if (!has_seq || !has_reason) j->bad = true;
    return !j->bad;
}

static size_t check_ranges(fh_json *j) {
    uint64_t span[2];
    size_t begins, count = 0;
    bool first = true;
    fh_json_open(j, '[');
    begins = j->at;
    while (range(j, &first, span)) count++;
    if (count > FH_MAX_RANGES) j->bad = true;
    return begins;
}

static size_t check_refused(fh_json *j) {
    uint64_t seq;
    size_t begins, count = 0;
    bool first = true;
    fh_json_open(j, '[');
    begins = j->at;
    while (refused(j, &first, &seq)) count++;
    if (count > FH_MAX_RANGES) j->bad = true;
    return begins;
}

static void read_stored(fh_json *j, stored *s) {
    bool first = true;
    fh_word key;
    fh_json_open(j, '{');
    while (fh_json_member(j, &first, &key)) {
        if (fh_word_is(key, "v")) {
            (void)fh_json_number(j, 1, 1);
        } else if (fh_word_is(key, "stream")) {
            read_stream(j, s->stream);
            s->has_stream = true;
        } else if (fh_word_is(key, "lane")) {
            s->lane = fh_json_choice(j, lanes, 3);
            s->has_lane = true;
        } else if (fh_word_is(key, "ranges")) {
            s->ranges_at = check_ranges(j);
        } else if (fh_word_is(key, "refused")) {
            s->refused_at = check_refused(j);
        } else if (fh_word_is(key, "gaps")) {
            s->gaps_at = check_ranges(j);
        } else {
            fh_json_skip(j);
        }
    }
    if (!s->has_stream || !s->has_lane || !fh_json_ended(j)) j->bad = true;
}

/* How many messages of that range were waiting. */
static fh_result let_go(fh_client *c, uint8_t lane, uint64_t first, uint64_t last, uint32_t *count) {
    for (size_t i = 0; i < c->config.slot_count; i++) {
        fh_slot *slot = &c->config.slots[i];
        if (!slot->used || slot->lane != lane || slot->seq < first || slot->seq > last) continue;
        if (fh_let_go(c, slot) != FH_OK) return FH_BOARD;
        ++*count;
    }
    return FH_OK;
}

static fh_result obey_stored(fh_client *c, fh_json j, const stored *s) {
    uint64_t span[2], seq;
    uint32_t done = 0, never = 0;
    uint8_t lane = (uint8_t)s->lane;
    bool first = true, gaps = false;
    for (j.at = s->ranges_at; s->ranges_at != 0 && range(&j, &first, span);) {
        if (let_go(c, lane, span[0], span[1], &done) != FH_OK) return FH_BOARD;
    }
    first = true;
    for (j.at = s->refused_at; s->refused_at != 0 && refused(&j, &first, &seq);) {
        if (let_go(c, lane, seq, seq, &never) != FH_OK) return FH_BOARD;
    }
    first = true;
    for (j.at = s->gaps_at; s->gaps_at != 0 && range(&j, &first, span);) {
        gaps = fh_gap_answered(&c->facts, lane, span[0], span[1]) || gaps;
    }
    c->facts.refused += never;
    if (gaps) c->report_due = true;
    fh_answered(c, done + never > 0);
    if (never == 0 && !gaps) return FH_OK;
    return fh_purge(c, true);
}

static fh_result hear_stored(fh_client *c, fh_json j) {
    stored s;
    memset(&s, 0, sizeof s);
    read_stored(&j, &s);
    if (j.bad) return FH_MALFORMED;
    if (memcmp(s.stream, c->facts.stream, 16) != 0 || (unsigned)s.lane >= FH_LANES) return FH_IGNORED;
    return obey_stored(c, j, &s);
}

static uint8_t read_purposes(fh_json *j) {
    unsigned purposes = 0;
    bool first = true;
    fh_json_open(j, '[');
    while (fh_json_element(j, &first)) purposes |= 1u << fh_json_choice(j, fh_purpose_words, FH_PURPOSES);
    return (uint8_t)purposes;
}

static void read_desired(fh_json *j, fh_facts *wish) {
    bool first = true, config = false, consent = false, purposes = false;
    fh_word key;
    wish->poll_s = 900;
    wish->prealarm_s = 30;
    fh_json_open(j, '{');
    while (fh_json_member(j, &first, &key)) {
        if (fh_word_is(key, "v")) {
            (void)fh_json_number(j, 1, 1);
        } else if (fh_word_is(key, "config")) {
            wish->config = fh_json_number(j, 0, FH_MAX_INTEGER);
            config = true;
        } else if (fh_word_is(key, "consent")) {
            wish->consent = fh_json_number(j, 0, FH_MAX_INTEGER);
            consent = true;
        } else if (fh_word_is(key, "purposes")) {
            wish->purposes = read_purposes(j);
            purposes = true;
        } else if (fh_word_is(key, "poll_s")) {
            wish->poll_s = (uint32_t)fh_json_number(j, 1, 86400);
        } else if (fh_word_is(key, "prealarm_s")) {
            wish->prealarm_s = (uint32_t)fh_json_number(j, 5, 120);
        } else {
            fh_json_skip(j);
        }
    }
    if (!config || !consent || !purposes || !fh_json_ended(j)) j->bad = true;
}

/* Configuration and consent are judged apart, so that a withdrawal counts even beside an old configuration. */
static bool merge(fh_facts *now, const fh_facts *wish) {
    unsigned wider = wish->purposes & ~(unsigned)now->purposes;
    bool narrower = wish->consent == now->consent && wider == 0 && wish->purposes != now->purposes;
    bool consent = !now->has_desired || wish->consent > now->consent || narrower;
    bool config = !now->has_desired || wish->config > now->config ||
                  (wish->config == now->config && (wish->poll_s != now->poll_s || wish->prealarm_s != now->prealarm_s));
    if (consent) {
        now->consent = wish->consent;
        now->purposes = wish->purposes;
    }
    if (config) {
        now->config = wish->config;
        now->poll_s = wish->poll_s;
        now->prealarm_s = wish->prealarm_s;
    }
    now->has_desired = true;
    return consent || config;
}

static fh_result hear_desired(fh_client *c, fh_json j) {
    fh_facts wish;
    memset(&wish, 0, sizeof wish);
    read_desired(&j, &wish);
    if (j.bad) return FH_MALFORMED;
    fh_cloud_spoke(c);
    if (!merge(&c->facts, &wish)) return FH_IGNORED;
    c->report_due = true;
    return fh_purge(c, true);
}

fh_result fh_heard(fh_client *c, const char *topic, const void *body, size_t body_bytes) {
    fh_json j = {body, body_bytes, 0, false};
    char ours[FH_TOPIC_BYTES];
    size_t before;
    if (c->broken) return FH_BOARD;
    (void)fh_subscription(c, ours);
    before = strlen(ours) - 1u; /* without the plus */
    if (strlen(topic) <= before || memcmp(topic, ours, before) != 0) return FH_IGNORED;
    if (strcmp(topic + before, "stored") == 0) return hear_stored(c, j);
    if (strcmp(topic + before, "desired") == 0) return hear_desired(c, j);
    return FH_IGNORED;
}
