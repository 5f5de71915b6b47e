/* JSON into a buffer of fixed size. Nothing is ever written past it: `full` says that something did not fit. */
#include "fh_internal.h"

static void one(fh_text *t, char c) {
    if (t->len < t->size) {
        t->p[t->len++] = c;
    } else {
        t->full = true;
    }
}

void fh_raw(fh_text *t, const char *s) {
    for (; *s != '\0'; s++) one(t, *s);
}

void fh_number(fh_text *t, uint64_t n) {
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + (char)(n % 10u));
        n /= 10u;
    } while (n != 0);
    while (count > 0) one(t, digits[--count]);
}

void fh_micro(fh_text *t, uint64_t millionths) {
    uint32_t rest = (uint32_t)(millionths % 1000000u);
    fh_number(t, millionths / 1000000u);
    if (rest == 0) return;
    one(t, '.');
    for (uint32_t step = 100000u; rest != 0; step /= 10u) { /* ends with the last digit that is not zero */
        one(t, (char)('0' + (char)(rest / step)));
        rest %= step;
    }
}

void fh_hex(fh_text *t, const uint8_t *bytes, size_t count) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        one(t, digits[bytes[i] >> 4]);
        one(t, digits[bytes[i] & 15u]);
    }
}

void fh_quoted(fh_text *t, const char *s) {
    one(t, '"');
    for (; *s != '\0'; s++) { /* control characters were refused before */
        if (*s == '"' || *s == '\\') one(t, '\\');
        one(t, *s);
    }
    one(t, '"');
}

void fh_field(fh_text *t, const char *before, const char *word) {
    fh_raw(t, before);
    if (word == NULL) {
        fh_raw(t, "null");
    } else {
        fh_quoted(t, word);
    }
}

void fh_count(fh_text *t, const char *before, uint64_t n) {
    fh_raw(t, before);
    fh_number(t, n);
}
