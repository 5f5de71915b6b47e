/* The client's beginning, and what it tells about itself. */
#include "fh_internal.h"

static bool shape_ok(const fh_flash_shape *f) {
    if (f->sectors < 2 || f->sector_bytes < 2048 || f->sector_bytes > 65536) return false;
    if (f->unit_bytes == 0 || f->unit_bytes > 32 || (f->unit_bytes & (f->unit_bytes - 1u)) != 0) return false;
    return f->page_bytes >= 32 && f->page_bytes % f->unit_bytes == 0 && f->sector_bytes % f->page_bytes == 0 &&
           f->sectors <= UINT32_MAX / f->sector_bytes;
}

static bool config_ok(const fh_config *config) {
    return shape_ok(&config->flash) && fh_is_agent(config->agent) && fh_is_text(config->version) &&
           config->work != NULL && config->work_bytes >= FH_WORK_BYTES_MIN && config->slots != NULL &&
           config->slot_count >= 4;
}

/* Flash that served another agent: what that one was allowed says nothing here, and what it left stays at home. */
static void belong(fh_client *c) {
    uint32_t crc = fh_crc(0, c->config.agent, strlen(c->config.agent));
    if (c->facts.agent_crc == crc) return;
    c->facts.agent_crc = crc;
    c->facts.has_desired = false;
    c->facts.purposes = 0;
    c->facts.config = c->facts.consent = 0;
    c->facts.refused = 0;
}

fh_result fh_init(fh_client *c, const fh_port *port, const fh_config *config) {
    fh_result result;
    memset(c, 0, sizeof *c);
    c->broken = true;
    if (!config_ok(config)) return FH_ARGUMENT;
    c->port = *port;
    c->config = *config;
    c->report_due_ms = UINT64_MAX;
    memset(config->slots, 0, config->slot_count * sizeof config->slots[0]);
    result = fh_mount(c);
    if (result != FH_OK) return result;
    c->broken = false;
    belong(c);
    c->facts.boot++;
    return fh_purge(c, true);
}

bool fh_allows(const fh_client *c, fh_purpose purpose) {
    unsigned needed = 1u << purpose;
    if (purpose == FH_MOVEMENT) needed |= 1u << FH_SAFETY; /* the movement around an alarm is nobody's without it */
    return c->facts.has_desired && (c->facts.purposes & needed) == needed;
}

uint32_t fh_poll_s(const fh_client *c) { return c->facts.has_desired ? c->facts.poll_s : 900u; }
uint32_t fh_prealarm_s(const fh_client *c) { return c->facts.has_desired ? c->facts.prealarm_s : 30u; }
