#include "faults/preload/cfi.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Numbers of registers and of the encodings are those of the x86-64 ABI and of DWARF 5, section 6.4. */
enum { BP = 6, SP = 7, RA = 16, REMEMBERED = 8, BREG_BP = 0x70 + BP, DEREF = 0x06 };

struct cursor {
    const uint8_t *at, *end;
};

static uint64_t take_leb(struct cursor *c, bool is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0;
    do {
        byte = *c->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (is_signed && byte & 0x40 && shift < 64)
        value |= ~(uint64_t)0 << shift;
    return value;
}

static int64_t take_fixed(struct cursor *c, unsigned bytes, bool is_signed)
{
    uint64_t value = 0;
    memcpy(&value, c->at, bytes);
    c->at += bytes;
    if (is_signed && bytes < 8 && value >> (8 * bytes - 1))
        value |= ~(uint64_t)0 << (8 * bytes);
    return (int64_t)value;
}

/* A pointer as .eh_frame writes it. */
static uint64_t take_pointer(struct cursor *c, uint8_t encoding, uintptr_t data)
{
    static const uint8_t bytes[] = {8, 0, 2, 4, 8};
    const uint64_t here = (uintptr_t)c->at;
    const unsigned format = encoding & 0x07;
    const bool is_signed = encoding & 0x08;
    const uint64_t value = format == 1  ? take_leb(c, is_signed)
                           : format > 4 ? 0
                                        : (uint64_t)take_fixed(c, bytes[format], is_signed);
    const unsigned relative = encoding & 0x70;
    return value + (relative == 0x10 ? here : relative == 0x30 ? data : 0);
}

/* ---- a common information entry, and the entry of one function -------------------------------------------------- */

struct entry {
    uint64_t code_align;
    int64_t data_align;
    uint8_t encoding; /* of addresses */
    bool has_data, is_signal;
    struct cursor initial, program;
    uintptr_t start, end; /* of the function */
};

/* The body of an entry; false for what is not one. */
static bool open_body(const uint8_t *at, struct cursor *body)
{
    struct cursor c = {at, at + 4};
    const uint32_t bytes = (uint32_t)take_fixed(&c, 4, false);
    *body = (struct cursor){c.at, c.at + bytes};
    return bytes != 0 && bytes != UINT32_MAX;
}

static bool read_common(const uint8_t *at, struct entry *e)
{
    struct cursor c;
    if (!open_body(at, &c) || take_fixed(&c, 4, false) != 0)
        return false;
    const uint8_t version = *c.at++;
    const char *letters = (const char *)c.at;
    c.at += strlen(letters) + 1;
    e->code_align = take_leb(&c, false);
    e->data_align = (int64_t)take_leb(&c, true);
    if (version == 1)
        c.at++;
    else
        take_leb(&c, false); /* the column of the return address */
    const uint8_t *initial = c.at;
    if (*letters == 'z') {
        const uint64_t bytes = take_leb(&c, false);
        initial = c.at + bytes;
        e->has_data = true;
    }
    for (letters += *letters == 'z'; *letters; letters++)
        if (*letters == 'R')
            e->encoding = *c.at++;
        else if (*letters == 'P') {
            const uint8_t encoding = *c.at++;
            take_pointer(&c, encoding, 0);
        } else if (*letters == 'L')
            c.at++;
        else if (*letters == 'S')
            e->is_signal = true;
        else
            break;
    e->initial = (struct cursor){initial, c.end};
    return true;
}

static bool read_entry(const uint8_t *at, struct entry *e)
{
    struct cursor c;
    if (!open_body(at, &c))
        return false;
    const uint8_t *const here = c.at;
    const uint32_t back = (uint32_t)take_fixed(&c, 4, false);
    if (!back || !read_common(here - back, e))
        return false;
    e->start = take_pointer(&c, e->encoding, 0);
    e->end = e->start + take_pointer(&c, e->encoding & 0x0f, 0);
    if (e->has_data) {
        const uint64_t bytes = take_leb(&c, false);
        c.at += bytes;
    }
    e->program = c;
    return true;
}

/* ---- the program of an entry ---------------------------------------------------------------------------------- */

struct row {
    struct ht_cfi_step step;
    int32_t kept[HT_CFI_KEPT];
    unsigned cfa_register;
    bool ra_is_undefined, is_odd; /* odd: a rule that no step of ours can say */
};

struct machine {
    struct row now, initial, remembered[REMEMBERED];
    unsigned depth;
    uintptr_t location;
};

static void set_cfa(struct row *r, unsigned reg, int64_t offset)
{
    r->cfa_register = reg;
    r->step.cfa = (int32_t)offset;
    r->step.cfa_rule = reg == SP ? HT_CFA_SP : reg == BP ? HT_CFA_BP : HT_CFA_END;
}

/* The index of rbx, r12 to r15; -1 for another register. */
static int kept_index(uint64_t reg)
{
    return reg == 3 ? 0 : reg >= 12 && reg <= 15 ? (int)reg - 11 : -1;
}

static void set_saved(struct row *r, uint64_t reg, int64_t offset)
{
    if (kept_index(reg) >= 0)
        r->kept[kept_index(reg)] = (int32_t)offset;
    if (reg == BP) {
        r->step.bp_rule = HT_BP_CFA;
        r->step.bp = (int32_t)offset;
    } else if (reg == RA) {
        r->step.ra = (int32_t)offset;
        r->ra_is_undefined = false;
    }
}

static void restore(struct machine *m, uint64_t reg)
{
    if (kept_index(reg) >= 0)
        m->now.kept[kept_index(reg)] = m->initial.kept[kept_index(reg)];
    if (reg == BP) {
        m->now.step.bp_rule = m->initial.step.bp_rule;
        m->now.step.bp = m->initial.step.bp;
    } else if (reg == RA)
        m->now.step.ra = m->initial.step.ra;
}

/* gcc's functions that realign the stack keep the frame address in memory, below the base pointer. */
static void set_cfa_expression(struct row *r, struct cursor *c)
{
    const uint64_t bytes = take_leb(c, false);
    struct cursor e = {c->at, c->at + bytes};
    c->at = e.end;
    r->step.cfa_rule = HT_CFA_END;
    if (bytes < 3 || *e.at++ != BREG_BP)
        return;
    const int64_t offset = (int64_t)take_leb(&e, true);
    if (e.end - e.at == 1 && *e.at == DEREF) {
        r->step.cfa_rule = HT_CFA_AT;
        r->step.cfa = (int32_t)offset;
    }
}

static void set_saved_expression(struct row *r, uint64_t reg, struct cursor *c)
{
    const uint64_t bytes = take_leb(c, false);
    struct cursor e = {c->at, c->at + bytes};
    c->at = e.end;
    if (reg == BP && bytes >= 2 && *e.at++ == BREG_BP) {
        r->step.bp_rule = HT_BP_BP;
        r->step.bp = (int32_t)take_leb(&e, true);
    } else if (reg == BP || reg == RA)
        r->is_odd = true;
}

static void skip_block(struct cursor *c)
{
    const uint64_t bytes = take_leb(c, false);
    c->at += bytes;
}

/* The instructions that have all in their low bits. False when it is another. */
static bool run_short(struct machine *m, const struct entry *e, struct cursor *c, uint8_t op)
{
    const uint8_t low = op & 0x3f;
    switch (op >> 6) {
    case 1:
        m->location += low * e->code_align;
        return true;
    case 2:
        set_saved(&m->now, low, (int64_t)take_leb(c, false) * e->data_align);
        return true;
    case 3:
        restore(m, low);
        return true;
    default:
        return false;
    }
}

/* Those that say where the frame address is. False when it is another. */
static bool run_cfa(struct machine *m, const struct entry *e, struct cursor *c, uint8_t op)
{
    struct row *const r = &m->now;
    unsigned reg;
    switch (op) {
    case 0x0c:
        reg = (unsigned)take_leb(c, false);
        set_cfa(r, reg, (int64_t)take_leb(c, false));
        return true;
    case 0x0d:
        set_cfa(r, (unsigned)take_leb(c, false), r->step.cfa);
        return true;
    case 0x0e:
        r->step.cfa = (int32_t)take_leb(c, false);
        return true;
    case 0x0f:
        set_cfa_expression(r, c);
        return true;
    case 0x12:
        reg = (unsigned)take_leb(c, false);
        set_cfa(r, reg, (int64_t)take_leb(c, true) * e->data_align);
        return true;
    case 0x13:
        r->step.cfa = (int32_t)((int64_t)take_leb(c, true) * e->data_align);
        return true;
    default:
        return false;
    }
}

/* Those that say where a register is. */
static void run_register(struct machine *m, const struct entry *e, struct cursor *c, uint8_t op)
{
    const uint64_t reg = take_leb(c, false);
    switch (op) {
    case 0x05:
        set_saved(&m->now, reg, (int64_t)take_leb(c, false) * e->data_align);
        break;
    case 0x11:
        set_saved(&m->now, reg, (int64_t)take_leb(c, true) * e->data_align);
        break;
    case 0x06:
        restore(m, reg);
        break;
    case 0x07:
        m->now.ra_is_undefined |= reg == RA;
        break;
    case 0x08:
        if (reg == BP)
            m->now.step.bp_rule = HT_BP_SAME;
        break;
    case 0x10:
        set_saved_expression(&m->now, reg, c);
        break;
    case 0x16:
        skip_block(c);
        m->now.is_odd |= reg == BP || reg == RA;
        break;
    default: /* in a register, or the value itself */
        take_leb(c, op == 0x15);
        m->now.is_odd |= reg == BP || reg == RA;
    }
}

static void run_other(struct machine *m, const struct entry *e, struct cursor *c, uint8_t op)
{
    switch (op) {
    case 0x00:
        break;
    case 0x01:
        m->location = take_pointer(c, e->encoding, 0);
        break;
    case 0x02:
    case 0x03:
    case 0x04:
        m->location += (uint64_t)take_fixed(c, 1u << (op - 2), false) * e->code_align;
        break;
    case 0x0a:
        if (m->depth < REMEMBERED)
            m->remembered[m->depth] = m->now;
        m->depth++;
        break;
    case 0x0b:
        if (m->depth && --m->depth < REMEMBERED)
            m->now = m->remembered[m->depth];
        break;
    case 0x2e: /* bytes of arguments that were pushed */
        take_leb(c, false);
        break;
    default:
        if (op > 0x16) { /* of another machine */
            m->now.is_odd = true;
            c->at = c->end;
        } else
            run_register(m, e, c, op);
    }
}

/* Runs until the row for `pc` stands. */
static void run(struct machine *m, const struct entry *e, struct cursor c, uintptr_t pc)
{
    while (c.at < c.end) {
        const struct row before = m->now;
        const uintptr_t at = m->location;
        const uint8_t op = *c.at++;
        if (!run_short(m, e, &c, op) && !run_cfa(m, e, &c, op))
            run_other(m, e, &c, op);
        if (m->location != at && m->location > pc) {
            m->now = before;
            return;
        }
    }
}

static struct row row_at(const struct entry *e, uintptr_t pc)
{
    struct machine m = {.location = e->start};
    m.now.step.ra = -8;
    run(&m, e, e->initial, pc);
    m.initial = m.now;
    m.location = e->start;
    run(&m, e, e->program, pc);
    if (m.now.is_odd || m.now.ra_is_undefined || e->is_signal)
        m.now.step.cfa_rule = HT_CFA_END;
    return m.now;
}

/* ---- the sorted table ----------------------------------------------------------------------------------------- */

/* The entry of the last function that starts at or before pc: pairs of 32-bit offsets from the table's start. */
static const uint8_t *search(const uint8_t *table, uintptr_t pc)
{
    enum { FORM = 0x3b }; /* relative to the table, 4 bytes, signed: what all linkers write */
    struct cursor c = {table + 4, NULL};
    if (table[0] != 1 || table[3] != FORM)
        return NULL;
    take_pointer(&c, table[1], (uintptr_t)table);
    const uint64_t count = take_pointer(&c, table[2], (uintptr_t)table);
    const int32_t(*const pair)[2] = (const void *)c.at;
    const int64_t wanted = (int64_t)(pc - (uintptr_t)table);
    uint64_t low = 0, high = count;
    while (low < high) {
        const uint64_t middle = (low + high) / 2;
        if (pair[middle][0] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? table + pair[low - 1][1] : NULL;
}

static struct row find(const void *table, uintptr_t pc)
{
    struct entry e = {.encoding = 0};
    const uint8_t *const found = table ? search(table, pc) : NULL;
    if (!found || !read_entry(found, &e) || pc < e.start || pc >= e.end)
        return (struct row){.step.cfa_rule = HT_CFA_END};
    return row_at(&e, pc);
}

struct ht_cfi_step ht_cfi_find(const void *table, uintptr_t pc)
{
    return find(table, pc).step;
}

struct ht_cfi_step ht_cfi_find_kept(const void *table, uintptr_t pc, int32_t saved[HT_CFI_KEPT])
{
    const struct row row = find(table, pc);
    memcpy(saved, row.kept, sizeof row.kept);
    return row.step;
}
