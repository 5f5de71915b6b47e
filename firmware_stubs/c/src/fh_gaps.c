/* What had to be let go of. A gap that was told stays as it was, unless there is no place for another. */
#include "fh_internal.h"

static void remove_gap(fh_facts *facts, size_t i) {
    facts->gap_count--;
    memmove(&facts->gaps[i], &facts->gaps[i + 1], (facts->gap_count - i) * sizeof facts->gaps[0]);
}

/* Two that grew together become one. */
static void join(fh_facts *facts, size_t grown) {
    fh_gap *gap = &facts->gaps[grown];
    for (size_t i = 0; i < facts->gap_count; i++) {
        fh_gap *other = &facts->gaps[i];
        if (i == grown || other->told != gap->told) continue;
        if (other->lane != gap->lane || other->reason != gap->reason) continue;
        if (other->first == gap->last + 1u || other->last + 1u == gap->first) {
            if (other->first < gap->first) gap->first = other->first;
            if (other->last > gap->last) gap->last = other->last;
            remove_gap(facts, i);
            return;
        }
    }
}

static bool extend(fh_facts *facts, const fh_gap *more, bool also_told) {
    for (size_t i = 0; i < facts->gap_count; i++) {
        fh_gap *gap = &facts->gaps[i];
        if (gap->lane != more->lane || gap->reason != more->reason || (gap->told && !also_told)) continue;
        if (more->first > gap->last + 1u || more->last + 1u < gap->first) continue;
        if (more->first < gap->first) gap->first = more->first;
        if (more->last > gap->last) gap->last = more->last;
        gap->told = false;
        join(facts, i);
        return true;
    }
    return false;
}

static bool add(fh_facts *facts, const fh_gap *gap) {
    if (extend(facts, gap, false)) return true;
    if (facts->gap_count < FH_MAX_GAPS) {
        facts->gaps[facts->gap_count++] = *gap;
        return true;
    }
    return extend(facts, gap, true);
}

bool fh_gap_add(fh_facts *facts, uint8_t lane, uint32_t seq, uint8_t reason) {
    fh_gap gap = {seq, seq, lane, reason, false};
    return fh_gap_covers(facts, lane, seq) || add(facts, &gap);
}

bool fh_gap_covers(const fh_facts *facts, uint8_t lane, uint32_t seq) {
    for (size_t i = 0; i < facts->gap_count; i++) {
        const fh_gap *gap = &facts->gaps[i];
        if (gap->lane == lane && seq >= gap->first && seq <= gap->last) return true;
    }
    return false;
}

static fh_gap cut_to(fh_gap gap, uint32_t first, uint32_t last) {
    gap.first = first;
    gap.last = last;
    return gap;
}

bool fh_gap_answered(fh_facts *facts, uint8_t lane, uint64_t first, uint64_t last) {
    bool changed = false;
    for (size_t i = facts->gap_count; i-- > 0;) {
        fh_gap gap = facts->gaps[i];
        bool before = gap.first < first, after = gap.last > last;
        if (gap.lane != lane || first > last || gap.last < first || gap.first > last) continue;
        if (before && after && facts->gap_count == FH_MAX_GAPS) continue; /* no place for two: told whole again */
        remove_gap(facts, i);
        gap.told = false;
        if (before) facts->gaps[facts->gap_count++] = cut_to(gap, gap.first, (uint32_t)first - 1u);
        if (after) facts->gaps[facts->gap_count++] = cut_to(gap, (uint32_t)last + 1u, gap.last);
        changed = true;
    }
    return changed;
}
