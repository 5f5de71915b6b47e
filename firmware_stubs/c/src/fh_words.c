/* What the wire calls things, and what it takes for a name. */
#include "fh_internal.h"

const char *const fh_lane_words[] = {"readings", "alarms"};
const char *const fh_loss_words[] = {"spool_full", "withdrawn", "quarantined", "corrupt"};
const char *const fh_purpose_words[] = {"supply", "order", "learn", "safety", "movement", "circle"};
const char *const fh_kind_words[] = {"level_fraction", "amount_g", "amount_ml", "count"};
const char *const fh_quality_words[] = {"good", "coarse", "some", "stale", "unknown", "implausible"};
const char *const fh_supply_words[] = {"consumable", "part", "receptacle"};
const char *const fh_alarm_kind_words[] = {"fall", "sos"};
const char *const fh_alarm_by_words[] = {"wearer", "detector", "recovery"};

static bool lower(char c) { return c >= 'a' && c <= 'z'; }
static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool upper(char c) { return c >= 'A' && c <= 'Z'; }

bool fh_is_agent(const char *s) {
    size_t n = 0;
    if (s == NULL || !(lower(s[0]) || digit(s[0]))) return false;
    while (lower(s[n]) || digit(s[n]) || s[n] == '-') n++;
    return s[n] == '\0' && n <= 63;
}

bool fh_is_name(const char *s) {
    size_t n = 0;
    if (s == NULL || s[0] == '.' || s[0] == '_' || s[0] == '-') return false;
    while (lower(s[n]) || upper(s[n]) || digit(s[n]) || s[n] == '.' || s[n] == '_' || s[n] == '-') n++;
    return s[n] == '\0' && n >= 1 && n <= 63;
}

bool fh_is_code(const char *s) {
    size_t n = 0;
    if (s == NULL || !lower(s[0])) return false;
    while (lower(s[n]) || digit(s[n]) || s[n] == '_') n++;
    return s[n] == '\0' && n <= 40;
}

/* Bytes of the character that begins here; 0: it is none. Overlong forms and surrogates are none. */
static size_t character(const unsigned char *s) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t point = s[0];
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
    if (n > 1) point = s[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0u) != 0x80) return 0; /* also the final zero */
        point = (point << 6) | (s[i] & 0x3Fu);
    }
    if (n > 1 && (point < least[n] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))) return 0;
    return n;
}

bool fh_is_text(const char *s) {
    const unsigned char *at = (const unsigned char *)s;
    size_t characters = 0;
    if (s == NULL) return false;
    while (*at != 0) {
        size_t n = character(at);
        if (n == 0 || *at < 0x20 || *at == 0x7F || ++characters > 200) return false;
        at += n;
    }
    return true;
}
