/* A reader that survives any input: it reads in place, keeps nothing, and goes no deeper than MOST_DEEP. */
#include "fh_internal.h"

#define MOST_DEEP 8u

static void blank(fh_json *j) {
    while (j->at < j->len) {
        char c = j->s[j->at];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
        j->at++;
    }
}

/* The next character that is no white space; 0 at the end, or once it is bad. */
static char peek(fh_json *j) {
    if (j->bad) return 0;
    blank(j);
    return j->at < j->len ? j->s[j->at] : 0;
}

static bool take(fh_json *j, char c) {
    if (c == 0 || peek(j) != c) return false;
    j->at++;
    return true;
}

static void need(fh_json *j, char c) {
    if (!take(j, c)) j->bad = true;
}

void fh_json_open(fh_json *j, char bracket) { need(j, bracket); }

/* Between two parts of an object or array; false: it ends here, or is bad. */
static bool next(fh_json *j, bool *first, char end) {
    bool begins = *first;
    *first = false;
    if (take(j, end)) return false;
    if (!begins) need(j, ',');
    return !j->bad;
}

bool fh_json_element(fh_json *j, bool *first) { return next(j, first, ']'); }

bool fh_json_member(fh_json *j, bool *first, fh_word *key) {
    if (!next(j, first, '}')) return false;
    *key = fh_json_string(j);
    need(j, ':');
    return !j->bad;
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* After a backslash. */
static void escape(fh_json *j) {
    char c = j->at < j->len ? j->s[j->at++] : 0;
    if (c == 'u') {
        for (int i = 0; i < 4; i++, j->at++) {
            if (j->at >= j->len || !is_hex(j->s[j->at])) {
                j->bad = true;
                return;
            }
        }
    } else if (c == 0 || memchr("\"\\/bfnrt", c, 8) == NULL) {
        j->bad = true;
    }
}

fh_word fh_json_string(fh_json *j) {
    fh_word word = {j->s, 0};
    size_t begins;
    need(j, '"');
    begins = j->at;
    while (!j->bad && j->at < j->len) {
        char c = j->s[j->at++];
        if (c == '"') {
            word.s = j->s + begins;
            word.len = j->at - 1 - begins;
            return word;
        }
        if (c == '\\') escape(j);
        if ((unsigned char)c < 0x20) j->bad = true;
    }
    j->bad = true; /* it never ends */
    return word;
}

uint64_t fh_json_number(fh_json *j, uint64_t least, uint64_t most) {
    uint64_t n = 0;
    size_t digits = 0;
    bool zero = peek(j) == '0';
    while (!j->bad && j->at < j->len && j->s[j->at] >= '0' && j->s[j->at] <= '9') {
        n = n * 10u + (uint64_t)(j->s[j->at++] - '0');
        if (++digits > 16 || (zero && digits > 1)) j->bad = true; /* 2^53 has sixteen digits */
    }
    if (digits == 0 || n < least || n > most) j->bad = true;
    if (j->at < j->len && memchr(".eE", j->s[j->at], 3) != NULL) j->bad = true;
    return n;
}

int fh_json_choice(fh_json *j, const char *const *words, size_t count) {
    fh_word word = fh_json_string(j);
    for (size_t i = 0; !j->bad && i < count; i++) {
        if (fh_word_is(word, words[i])) return (int)i;
    }
    j->bad = true;
    return 0;
}

bool fh_word_is(fh_word word, const char *s) { return word.len == strlen(s) && memcmp(word.s, s, word.len) == 0; }

static size_t digits(fh_json *j) {
    size_t begins = j->at;
    while (j->at < j->len && j->s[j->at] >= '0' && j->s[j->at] <= '9') j->at++;
    return j->at - begins;
}

static void skip_number(fh_json *j) {
    size_t whole;
    bool zero;
    (void)take(j, '-');
    zero = j->at < j->len && j->s[j->at] == '0';
    whole = digits(j);
    if (whole == 0 || (zero && whole > 1)) j->bad = true;
    if (j->at < j->len && j->s[j->at] == '.') {
        j->at++;
        if (digits(j) == 0) j->bad = true;
    }
    if (j->at < j->len && (j->s[j->at] == 'e' || j->s[j->at] == 'E')) {
        j->at++;
        if (j->at < j->len && (j->s[j->at] == '+' || j->s[j->at] == '-')) j->at++;
        if (digits(j) == 0) j->bad = true;
    }
}

static void skip_word(fh_json *j, const char *word) {
    size_t n = strlen(word);
    if (j->len - j->at < n || memcmp(j->s + j->at, word, n) != 0) {
        j->bad = true;
    } else {
        j->at += n;
    }
}

static void skip(fh_json *j, unsigned depth) {
    char c = peek(j);
    bool first = true;
    fh_word key;
    if (depth > MOST_DEEP) j->bad = true;
    if (j->bad) return;
    if (c == '{') {
        fh_json_open(j, '{');
        while (fh_json_member(j, &first, &key)) skip(j, depth + 1u);
    } else if (c == '[') {
        fh_json_open(j, '[');
        while (fh_json_element(j, &first)) skip(j, depth + 1u);
    } else if (c == '"') {
        (void)fh_json_string(j);
    } else if (c == 't' || c == 'f' || c == 'n') {
        skip_word(j, c == 't' ? "true" : c == 'f' ? "false" : "null");
    } else {
        skip_number(j);
    }
}

void fh_json_skip(fh_json *j) { skip(j, 0); }

bool fh_json_ended(fh_json *j) {
    blank(j);
    return !j->bad && j->at == j->len;
}
