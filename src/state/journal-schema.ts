/** The tables of journal.db. Amounts are micro-units, times clock milliseconds. */

/** Raised with every change of the tables; a file of a newer version is refused. */
export const JOURNAL_VERSION = 1;

/** "pmcp" in ASCII, in the file's header: tells our journal from any other SQLite file. */
export const APPLICATION_ID = 0x706d6370;

export const JOURNAL_TABLES = `
CREATE TABLE decisions (
  fill_id TEXT PRIMARY KEY,
  wallet TEXT NOT NULL,
  transaction_hash TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  source TEXT NOT NULL,
  token_id TEXT NOT NULL,
  condition_id TEXT NOT NULL,
  side TEXT NOT NULL,
  size_micro INTEGER NOT NULL,
  price_micro INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  title TEXT NOT NULL,
  slug TEXT NOT NULL,
  event_slug TEXT NOT NULL,
  traded_at_ms INTEGER NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  decided_at_ms INTEGER NOT NULL,
  result TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  facts TEXT NOT NULL,
  order_id TEXT
) STRICT;
CREATE INDEX decisions_by_time ON decisions (decided_at_ms);
CREATE INDEX decisions_by_transaction ON decisions (transaction_hash);
CREATE INDEX decisions_by_order ON decisions (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE orders (
  order_id TEXT PRIMARY KEY,
  fill_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  wallet TEXT NOT NULL,
  token_id TEXT NOT NULL,
  condition_id TEXT NOT NULL,
  event_slug TEXT NOT NULL,
  side TEXT NOT NULL,
  draft TEXT NOT NULL,
  payload TEXT NOT NULL,
  limit_micro INTEGER NOT NULL,
  reserve_micro INTEGER NOT NULL,
  reserve_shares_micro INTEGER NOT NULL,
  status TEXT NOT NULL,
  filled_shares_micro INTEGER NOT NULL DEFAULT 0,
  filled_usdc_micro INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_by_token ON orders (token_id);
CREATE INDEX orders_open ON orders (status) WHERE status NOT IN ('done', 'rejected', 'void');

CREATE TABLE order_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX order_events_by_order ON order_events (order_id, seq);

CREATE TABLE trades (
  trade_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  condition_id TEXT NOT NULL,
  side TEXT NOT NULL,
  size_micro INTEGER NOT NULL,
  price_micro INTEGER NOT NULL,
  fee_micro INTEGER NOT NULL,
  status TEXT NOT NULL,
  matched_at_ms INTEGER NOT NULL,
  transaction_hash TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (trade_id, order_id)
) STRICT;
CREATE INDEX trades_by_order ON trades (order_id);
CREATE INDEX trades_open ON trades (status) WHERE status NOT IN ('CONFIRMED', 'FAILED');

CREATE TABLE ledger_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  event TEXT NOT NULL
) STRICT;

CREATE TABLE checkpoint (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  state TEXT NOT NULL
) STRICT;

CREATE TABLE cursors (
  wallet TEXT PRIMARY KEY,
  baseline_ms INTEGER NOT NULL,
  watermark_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;
