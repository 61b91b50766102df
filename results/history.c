#include "results/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/history_parts.h"

/* "HTRL", so that no other program's database is taken for ours; and the form of the tables. */
enum { APPLICATION = 0x4854524c, FORM = 1, BUSY_MS = 2000 };

static const char tables[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE machine(id INTEGER PRIMARY KEY, cpu TEXT NOT NULL, cores INTEGER NOT NULL, UNIQUE(cpu, "
    "cores));"
    "CREATE TABLE run(id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, run TEXT NOT NULL, commit_id TEXT "
    "NOT NULL,"
    " machine INTEGER NOT NULL REFERENCES machine, created TEXT NOT NULL, host TEXT NOT NULL, os TEXT NOT "
    "NULL,"
    " kernel TEXT NOT NULL, libc TEXT NOT NULL, compiler TEXT NOT NULL, rows INTEGER NOT NULL);"
    "CREATE INDEX run_of_machine ON run(machine, created);"
    "CREATE TABLE cell(id INTEGER PRIMARY KEY, strategy TEXT NOT NULL, workload TEXT NOT NULL, params TEXT "
    "NOT NULL,"
    " threads INTEGER NOT NULL, heap TEXT NOT NULL, UNIQUE(strategy, workload, params, threads, heap));"
    /* Which trends there are, so that nobody has to look through all figures for them. */
    "CREATE TABLE trend(cell INTEGER NOT NULL REFERENCES cell, metric TEXT NOT NULL, machine INTEGER NOT "
    "NULL,"
    " PRIMARY KEY(cell, metric, machine)) WITHOUT ROWID;"
    "CREATE TABLE figure(cell INTEGER NOT NULL, metric TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run,"
    " round INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY(cell, metric, run, round)) WITHOUT ROWID;"
    "CREATE TABLE failure(cell INTEGER NOT NULL, metric TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run,"
    " round INTEGER NOT NULL, outcome TEXT NOT NULL, PRIMARY KEY(cell, metric, run, round)) WITHOUT ROWID;"
    "PRAGMA application_id = 1213485644;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

int ht_history_error(const struct ht_history *h, int error, char why[256])
{
    static const struct {
        int sqlite, error;
        const char *words;
    } at[] = {{SQLITE_NOTADB, -EMEDIUMTYPE, "is no history of heaptrial"},
              {SQLITE_BUSY, -EBUSY, "is held by another program"},
              {SQLITE_LOCKED, -EBUSY, "is held by another program"},
              {SQLITE_FULL, -ENOSPC, "can't be written: the disk is full"},
              {SQLITE_CORRUPT, -EIO, "is damaged: sqlite3 FILE .recover may save what is in it"},
              {SQLITE_READONLY, -EROFS, "can't be written"},
              {SQLITE_PERM, -EACCES, "can't be written"},
              {SQLITE_NOMEM, -ENOMEM, "no memory left"}};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        if ((error & 0xff) == at[i].sqlite) {
            snprintf(why, 256, "%.180s %s", h->path, at[i].words);
            return at[i].error;
        }
    const int system = h->db ? sqlite3_system_errno(h->db) : 0;
    snprintf(why, 256, "%.150s: %.90s", h->path, system ? strerror(system) : sqlite3_errstr(error));
    return system == ENOSPC ? -ENOSPC : -EIO;
}

int ht_history_run(struct ht_history *h, const char *sql, char why[256])
{
    const int error = sqlite3_exec(h->db, sql, NULL, NULL, NULL);
    return error ? ht_history_error(h, error, why) : 0;
}

int ht_history_prepare(struct ht_history *h, const char *sql, sqlite3_stmt **statement, char why[256])
{
    const int error = sqlite3_prepare_v2(h->db, sql, -1, statement, NULL);
    return error ? ht_history_error(h, error, why) : 0;
}

int ht_history_no_memory(char why[256])
{
    snprintf(why, 256, "no memory left");
    return -ENOMEM;
}

int ht_history_step(struct ht_history_reading *r, sqlite3_stmt *s)
{
    const int got = sqlite3_step(s);
    return got == SQLITE_ROW ? 1 : got == SQLITE_DONE ? 0 : ht_history_error(r->h, got, r->why);
}

const char *ht_history_text(sqlite3_stmt *s, int column)
{
    const char *const text = (const char *)sqlite3_column_text(s, column);
    return text ? text : "";
}

void *ht_history_grow(void *things, size_t count, size_t bytes)
{
    return count & (count - 1) ? things : realloc(things, (count ? 2 * count : 1) * bytes);
}

/* The first column of the first row. */
static int ask(struct ht_history *h, const char *sql, sqlite3_int64 *value, char why[256])
{
    sqlite3_stmt *statement;
    int error = ht_history_prepare(h, sql, &statement, why);
    if (error)
        return error;
    const int got = sqlite3_step(statement);
    *value = got == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    error = got == SQLITE_ROW || got == SQLITE_DONE ? 0 : ht_history_error(h, got, why);
    sqlite3_finalize(statement);
    return error;
}

/* Makes the tables in a new file; refuses one that holds something else. */
static int check_form(struct ht_history *h, bool write, char why[256])
{
    sqlite3_int64 application, form, things;
    int error = ask(h, "PRAGMA application_id", &application, why);
    error = error ? error : ask(h, "PRAGMA user_version", &form, why);
    error = error ? error : ask(h, "SELECT count(*) FROM sqlite_schema", &things, why);
    if (error)
        return error;
    if (!things && write)
        return ht_history_run(h, tables, why);
    if (application != APPLICATION || form > FORM) {
        snprintf(why, 256,
                 application == APPLICATION ? "%.180s was made by a newer heaptrial"
                                            : "%.180s is no history of heaptrial",
                 h->path);
        return -EMEDIUMTYPE;
    }
    return 0;
}

int ht_history_open(struct ht_history *history, const char *path, bool write, char why[256])
{
    *history = (struct ht_history){.path = path};
    if (!write && access(path, F_OK)) {
        snprintf(why, 256, "there is no %.150s: heaptrial history add DIR makes it", path);
        return -ENOENT;
    }
    const bool made = access(path, F_OK);
    const int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int error = sqlite3_open_v2(path, &history->db, flags, NULL);
    if (error)
        error = ht_history_error(history, error, why);
    if (!error) {
        sqlite3_extended_result_codes(history->db, 1);
        sqlite3_busy_timeout(history->db, BUSY_MS);
        error = check_form(history, write, why);
    }
    if (error) {
        ht_history_close(history);
        if (made)
            unlink(path);
    }
    return error;
}

void ht_history_close(struct ht_history *history)
{
    sqlite3_close(history->db);
    history->db = NULL;
}
