/* Sectors and records in NOR flash.
 *
 * sector:  head (magic, number, seal) | mark | records ...
 * record:  head (type, lane, purpose, length, seq, seal of the body, seal of the head) | mark | body
 *
 * A record's body is programmed first and its head last: the head is the commit. A mark is a unit of its own, which
 * is programmed to zero once: a sector's says that the sector counts, a record's that the message is done with. A cut
 * in the middle leaves a mark either way; both ways are right, and most of its bits decide. */
#include "fh_internal.h"

#define SECTOR_MAGIC 0x31534846u /* FHS1 */
#define RECORD_MAGIC 0xA5u
#define SECTOR_HEAD 12u
#define RECORD_HEAD 20u
#define MOST_UNIT 32u
#define CHUNK 64u

uint32_t fh_crc(uint32_t crc, const void *data, size_t bytes) {
    static const uint32_t nibble[16] = {
        0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
        0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu, 0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu};
    const uint8_t *p = data;
    crc = ~crc;
    for (size_t i = 0; i < bytes; i++) {
        crc = nibble[(crc ^ p[i]) & 15u] ^ (crc >> 4);
        crc = nibble[(crc ^ ((uint32_t)p[i] >> 4)) & 15u] ^ (crc >> 4);
    }
    return ~crc;
}

static void put32(uint8_t *p, uint32_t n) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(n >> (8 * i));
}

static uint32_t get32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t fh_unit(const fh_client *c) {
    return c->config.flash.unit_bytes < 4 ? 4 : c->config.flash.unit_bytes;
}

static uint32_t whole(const fh_client *c, size_t bytes) {
    uint32_t unit = fh_unit(c);
    return ((uint32_t)bytes + unit - 1u) & ~(unit - 1u);
}

uint32_t fh_sector_head(const fh_client *c) { return whole(c, SECTOR_HEAD) + fh_unit(c); }
uint32_t fh_body_at(const fh_client *c, uint32_t at) { return at + whole(c, RECORD_HEAD) + fh_unit(c); }
uint32_t fh_record_size(const fh_client *c, size_t body) { return fh_body_at(c, 0) + whole(c, body); }

static fh_result read_flash(fh_client *c, uint32_t at, void *out, size_t bytes) {
    return c->port.flash_read(c->port.ctx, at, out, bytes) == FH_OK ? FH_OK : FH_BOARD;
}

/* Whole units, page by page; the last unit is filled up with ones. */
static fh_result program(fh_client *c, uint32_t at, const void *data, size_t bytes) {
    const uint8_t *p = data;
    uint8_t last[MOST_UNIT];
    while (bytes > 0) {
        size_t n = c->config.flash.page_bytes - at % c->config.flash.page_bytes;
        const void *from = p;
        if (n > bytes) n = bytes;
        if (n >= fh_unit(c)) {
            n &= ~((size_t)fh_unit(c) - 1u);
        } else {
            memset(last, 0xFF, sizeof last);
            memcpy(last, p, n);
            from = last;
        }
        if (c->port.flash_program(c->port.ctx, at, from, from == last ? fh_unit(c) : n) != FH_OK) return FH_BOARD;
        p += n;
        at += (uint32_t)n;
        bytes -= n;
    }
    return FH_OK;
}

static fh_result mark(fh_client *c, uint32_t at) {
    static const uint8_t zeros[MOST_UNIT] = {0};
    return program(c, at, zeros, fh_unit(c));
}

static fh_result marked(fh_client *c, uint32_t at, bool *is) {
    uint8_t bytes[4];
    uint32_t zeros = 0;
    if (read_flash(c, at, bytes, sizeof bytes) != FH_OK) return FH_BOARD;
    for (uint32_t bits = ~get32(bytes); bits != 0; bits &= bits - 1u) zeros++;
    *is = zeros >= 16u;
    return FH_OK;
}

fh_result fh_mark(fh_client *c, uint32_t at) { return mark(c, at + whole(c, RECORD_HEAD)); }
fh_result fh_marked(fh_client *c, uint32_t at, bool *is) { return marked(c, at + whole(c, RECORD_HEAD), is); }

fh_result fh_sector_open(fh_client *c, uint32_t sector, uint32_t number) {
    uint32_t at = sector * c->config.flash.sector_bytes;
    uint8_t head[SECTOR_HEAD];
    put32(head, SECTOR_MAGIC);
    put32(head + 4, number);
    put32(head + 8, fh_crc(0, head, 8));
    if (c->port.flash_erase(c->port.ctx, at) != FH_OK) return FH_BOARD;
    return program(c, at, head, sizeof head);
}

fh_result fh_sector_commit(fh_client *c, uint32_t sector) {
    return mark(c, sector * c->config.flash.sector_bytes + whole(c, SECTOR_HEAD));
}

fh_result fh_sector_read(fh_client *c, uint32_t sector, uint32_t *number, bool *committed) {
    uint32_t at = sector * c->config.flash.sector_bytes;
    uint8_t head[SECTOR_HEAD];
    *number = 0;
    if (read_flash(c, at, head, sizeof head) != FH_OK) return FH_BOARD;
    if (get32(head) == SECTOR_MAGIC && get32(head + 8) == fh_crc(0, head, 8)) *number = get32(head + 4);
    return marked(c, at + whole(c, SECTOR_HEAD), committed);
}

static void pack(uint8_t head[RECORD_HEAD], const fh_record *record) {
    head[0] = RECORD_MAGIC;
    head[1] = record->type;
    head[2] = record->lane;
    head[3] = record->purpose;
    head[4] = (uint8_t)record->len;
    head[5] = (uint8_t)(record->len >> 8);
    head[6] = head[7] = 0;
    put32(head + 8, record->seq);
    put32(head + 12, record->body_crc);
    put32(head + 16, fh_crc(0, head, 16));
}

bool fh_repair(uint8_t *bytes, size_t count, uint32_t crc) {
    for (size_t bit = 0; bit < count * 8u; bit++) {
        bytes[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
        if (fh_crc(0, bytes, count) == crc) return true;
        bytes[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
    }
    return false;
}

/* Is this a record's head, but perhaps for one bit? Only what begins nearly like one is tried. */
static bool is_head(uint8_t head[RECORD_HEAD]) {
    uint32_t wrong = head[0] ^ RECORD_MAGIC, crc = get32(head + 16), seal = fh_crc(0, head, 16);
    if ((wrong & (wrong - 1u)) != 0) return false;
    wrong = crc ^ seal;
    if ((wrong & (wrong - 1u)) == 0) return head[0] == RECORD_MAGIC; /* whole, or the seal itself rotted */
    return fh_repair(head, 16, crc) && head[0] == RECORD_MAGIC;
}

/* Program the head, then read back what will be relied on. */
static fh_result commit(fh_client *c, uint32_t at, const fh_record *record) {
    uint8_t head[RECORD_HEAD];
    fh_record back;
    fh_sight sight;
    bool is_whole;
    pack(head, record);
    if (program(c, at, head, sizeof head) != FH_OK || fh_record_seen(c, at, &back, &sight) != FH_OK) return FH_BOARD;
    if (sight != FH_FOUND || fh_record_whole(c, at, record, &is_whole) != FH_OK || !is_whole) return FH_BOARD;
    return FH_OK;
}

fh_result fh_record_write(fh_client *c, uint32_t at, const fh_record *record, const void *body) {
    fh_record sealed = *record;
    sealed.body_crc = fh_crc(0, body, record->len);
    if (program(c, fh_body_at(c, at), body, record->len) != FH_OK) return FH_BOARD;
    return commit(c, at, &sealed);
}

fh_result fh_record_copy(fh_client *c, uint32_t from, uint32_t to, const fh_record *record) {
    uint8_t chunk[CHUNK];
    for (uint32_t done = 0; done < record->len;) {
        uint32_t n = record->len - done > CHUNK ? CHUNK : record->len - done;
        if (read_flash(c, fh_body_at(c, from) + done, chunk, n) != FH_OK) return FH_BOARD;
        if (program(c, fh_body_at(c, to) + done, chunk, n) != FH_OK) return FH_BOARD;
        done += n;
    }
    return commit(c, to, record);
}

/* Is the rest of this sector untouched? */
static fh_result blank(fh_client *c, uint32_t at, bool *is) {
    uint32_t end = (at / c->config.flash.sector_bytes + 1u) * c->config.flash.sector_bytes;
    uint8_t chunk[CHUNK];
    *is = true;
    while (at < end && *is) {
        uint32_t n = end - at > CHUNK ? CHUNK : end - at;
        if (read_flash(c, at, chunk, n) != FH_OK) return FH_BOARD;
        for (uint32_t i = 0; i < n; i++) *is = *is && chunk[i] == 0xFF;
        at += n;
    }
    return FH_OK;
}

/* What begins at `at`, which leaves room for a record's head in its sector. */
fh_result fh_record_seen(fh_client *c, uint32_t at, fh_record *record, fh_sight *sight) {
    uint32_t end = (at / c->config.flash.sector_bytes + 1u) * c->config.flash.sector_bytes;
    uint8_t head[RECORD_HEAD];
    bool untouched;
    if (read_flash(c, at, head, sizeof head) != FH_OK) return FH_BOARD;
    *sight = is_head(head) ? FH_FOUND : FH_DIRTY;
    record->type = head[1];
    record->lane = head[2];
    record->purpose = head[3];
    record->len = (uint16_t)(head[4] | head[5] << 8);
    record->seq = get32(head + 8);
    record->body_crc = get32(head + 12);
    if (*sight == FH_FOUND && fh_record_size(c, record->len) <= end - at && record->lane < FH_LANES &&
        record->purpose < FH_PURPOSES) {
        return FH_OK;
    }
    if (blank(c, at, &untouched) != FH_OK) return FH_BOARD;
    *sight = untouched ? FH_BLANK : FH_DIRTY;
    return FH_OK;
}

fh_result fh_record_whole(fh_client *c, uint32_t at, const fh_record *record, bool *is) {
    uint8_t chunk[CHUNK];
    uint32_t crc = 0;
    for (uint32_t done = 0; done < record->len;) {
        uint32_t n = record->len - done > CHUNK ? CHUNK : record->len - done;
        if (read_flash(c, fh_body_at(c, at) + done, chunk, n) != FH_OK) return FH_BOARD;
        crc = fh_crc(crc, chunk, n);
        done += n;
    }
    *is = crc == record->body_crc;
    return FH_OK;
}
