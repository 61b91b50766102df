#!/bin/sh
# sqlite3: an in-memory database: inserts, an index, joins and aggregates.
set -eu

prepare() {
    need sqlite3 sqlite3
    cat >"$dir/work.sql" <<'SQL'
PRAGMA temp_store = MEMORY;
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, city TEXT);
CREATE TABLE bill (id INTEGER PRIMARY KEY, customer INTEGER, cents INTEGER, text TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
INSERT INTO customer SELECT i, printf('name %d', i * 7919 % 8009), printf('city %d', i * 31 % 97) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
INSERT INTO bill SELECT i, i * 7919 % 8000 + 1, i * 104729 % 99991,
    substr('a longer remark that stands on some of the bills and not on others', 1, i * 13 % 60) FROM n;
CREATE INDEX bill_by_customer ON bill (customer, cents);
SELECT city, count(*), sum(cents) FROM bill JOIN customer ON customer.id = bill.customer
    GROUP BY city ORDER BY 3 DESC LIMIT 10;
SELECT name, group_concat(text, '+') FROM bill JOIN customer ON customer.id = bill.customer
    WHERE cents < 300 GROUP BY name ORDER BY name LIMIT 20;
UPDATE bill SET text = upper(text) || cents WHERE customer % 3 = 0;
DELETE FROM bill WHERE id % 5 = 0;
SELECT count(DISTINCT text), sum(length(text)) FROM bill;
SQL
}

command_line() {
    echo "sqlite3 -batch -init $dir/work.sql :memory: .exit"
}

. "$(dirname -- "$0")/common"
