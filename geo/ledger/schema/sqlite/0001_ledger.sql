-- The offset pool. Nothing is ever updated or deleted; account rows carry a running balance that only a transfer moves.
CREATE TABLE ledger_meta (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE asset (
  code TEXT NOT NULL PRIMARY KEY,
  unit TEXT NOT NULL,
  per_unit INTEGER NOT NULL CONSTRAINT asset_scale CHECK (per_unit > 0)
) STRICT;

CREATE TABLE txn (
  txn_id INTEGER PRIMARY KEY,
  idem_key TEXT NOT NULL CONSTRAINT txn_key_once UNIQUE CONSTRAINT txn_key_given CHECK (length(idem_key) > 0),
  request_sha256 TEXT NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL CONSTRAINT txn_actor_given CHECK (length(actor) > 0),
  approver TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL CONSTRAINT txn_reason_given CHECK (length(reason) > 0),
  basis TEXT NOT NULL CONSTRAINT txn_basis_given CHECK (length(basis) > 0),
  recorded_at TEXT NOT NULL,
  effective_on TEXT NOT NULL CONSTRAINT txn_effective_date CHECK (effective_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
  regime TEXT NOT NULL,
  rules TEXT NOT NULL,
  body TEXT NOT NULL,
  reverses INTEGER CONSTRAINT txn_reversed_once UNIQUE REFERENCES txn (txn_id),
  decides INTEGER CONSTRAINT txn_decided_once UNIQUE REFERENCES txn (txn_id),
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL CONSTRAINT txn_hash_once UNIQUE,
  CONSTRAINT txn_two_people CHECK (approver = '' OR approver <> actor)
) STRICT;

CREATE TABLE project (
  code TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  county TEXT NOT NULL,
  txn_id INTEGER NOT NULL REFERENCES txn (txn_id)
) STRICT;

CREATE TABLE lot (
  lot_id INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  kind TEXT NOT NULL CONSTRAINT lot_kind CHECK (kind IN ('balance', 'reserve', 'promise', 'quota', 'loan', 'transfer')),
  county TEXT NOT NULL,
  regime TEXT NOT NULL,
  area INTEGER NOT NULL CONSTRAINT lot_area CHECK (area >= 0),
  started_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  limit_on TEXT NOT NULL,
  government TEXT NOT NULL,
  project TEXT NOT NULL,
  parent INTEGER REFERENCES lot (lot_id),
  mechanism TEXT NOT NULL,
  name TEXT NOT NULL,
  txn_id INTEGER NOT NULL REFERENCES txn (txn_id),
  CONSTRAINT lot_due_lawful CHECK (limit_on = '' OR (due_on <> '' AND due_on <= limit_on)),
  CONSTRAINT lot_due_after_start CHECK (due_on = '' OR due_on >= started_on)
) STRICT;
CREATE INDEX lot_code ON lot (code);
CREATE INDEX lot_txn ON lot (txn_id);

CREATE TABLE parcel (
  parcel_row INTEGER PRIMARY KEY,
  lot_id INTEGER NOT NULL REFERENCES lot (lot_id),
  pool TEXT NOT NULL,
  parcel_id TEXT NOT NULL,
  area INTEGER NOT NULL CONSTRAINT parcel_area CHECK (area > 0),
  grade INTEGER NOT NULL,
  srid INTEGER NOT NULL,
  wkb BLOB NOT NULL,
  sha256 TEXT NOT NULL,
  area_method TEXT NOT NULL,
  source_sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX parcel_pool_id ON parcel (pool, parcel_id);
CREATE INDEX parcel_pool_sha ON parcel (pool, sha256);
CREATE INDEX parcel_lot ON parcel (lot_id);

CREATE TABLE account (
  account_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CONSTRAINT account_kind CHECK (kind IN ('ISSUED', 'AVAILABLE', 'RESERVED', 'USED', 'EXPIRED', 'OWED', 'LENT', 'RETURNED', 'DISCOUNT')),
  lot_id INTEGER NOT NULL REFERENCES lot (lot_id),
  project TEXT NOT NULL DEFAULT '',
  asset TEXT NOT NULL REFERENCES asset (code),
  balance INTEGER NOT NULL DEFAULT 0,
  last_transfer INTEGER NOT NULL DEFAULT 0,
  last_txn INTEGER NOT NULL DEFAULT 0,
  last_effective TEXT NOT NULL DEFAULT '',
  CONSTRAINT account_never_negative CHECK (CASE WHEN kind IN ('ISSUED', 'OWED') THEN balance <= 0 ELSE balance >= 0 END),
  CONSTRAINT account_project_named CHECK (kind NOT IN ('RESERVED', 'USED', 'LENT') OR project <> ''),
  CONSTRAINT account_once UNIQUE (kind, lot_id, project, asset)
) STRICT;
CREATE INDEX account_lot ON account (lot_id);
CREATE INDEX account_project ON account (project, kind);
CREATE INDEX account_open ON account (kind, asset) WHERE balance > 0;

CREATE TABLE transfer (
  transfer_id INTEGER PRIMARY KEY,
  txn_id INTEGER NOT NULL REFERENCES txn (txn_id),
  from_id INTEGER NOT NULL REFERENCES account (account_id),
  to_id INTEGER NOT NULL REFERENCES account (account_id),
  asset TEXT NOT NULL,
  amount INTEGER NOT NULL CONSTRAINT transfer_amount CHECK (amount > 0 AND amount <= 1000000000000),
  from_after INTEGER NOT NULL,
  to_after INTEGER NOT NULL,
  CONSTRAINT transfer_two_accounts CHECK (from_id <> to_id)
) STRICT;
CREATE INDEX transfer_txn ON transfer (txn_id);
CREATE INDEX transfer_from ON transfer (from_id);
CREATE INDEX transfer_to ON transfer (to_id);

CREATE TABLE member (
  member_row INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  role TEXT NOT NULL CONSTRAINT member_role CHECK (role IN ('viewer', 'officer', 'approver')),
  granted INTEGER NOT NULL CONSTRAINT member_granted CHECK (granted IN (0, 1)),
  txn_id INTEGER NOT NULL REFERENCES txn (txn_id)
) STRICT;
CREATE INDEX member_subject ON member (subject);

CREATE TABLE setting (
  setting_row INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  txn_id INTEGER NOT NULL REFERENCES txn (txn_id)
) STRICT;

-- Appending only. The guards before INSERT also stop INSERT OR REPLACE from a connection without our pragmas.
CREATE TRIGGER txn_append BEFORE INSERT ON txn BEGIN
  SELECT RAISE(ABORT, 'txn_gapless') WHERE NEW.txn_id IS NOT (SELECT COALESCE(MAX(txn_id), 0) + 1 FROM txn);
  SELECT RAISE(ABORT, 'txn_key_once') WHERE EXISTS (SELECT 1 FROM txn WHERE idem_key = NEW.idem_key OR hash = NEW.hash);
  SELECT RAISE(ABORT, 'txn_reversed_once') WHERE EXISTS (SELECT 1 FROM txn WHERE reverses = NEW.reverses OR decides = NEW.decides);
  SELECT RAISE(ABORT, 'txn_chain') WHERE NEW.txn_id > 1 AND NEW.prev_hash IS NOT (SELECT hash FROM txn WHERE txn_id = NEW.txn_id - 1);
  SELECT RAISE(ABORT, 'txn_clock') WHERE EXISTS (SELECT 1 FROM txn WHERE txn_id = NEW.txn_id - 1 AND recorded_at > NEW.recorded_at);
END;
CREATE TRIGGER project_append BEFORE INSERT ON project BEGIN
  SELECT RAISE(ABORT, 'project_once') WHERE EXISTS (SELECT 1 FROM project WHERE code = NEW.code);
  SELECT RAISE(ABORT, 'newest_txn') WHERE NEW.txn_id IS NOT (SELECT MAX(txn_id) FROM txn);
END;
CREATE TRIGGER lot_append BEFORE INSERT ON lot BEGIN
  SELECT RAISE(ABORT, 'lot_gapless') WHERE NEW.lot_id IS NOT (SELECT COALESCE(MAX(lot_id), 0) + 1 FROM lot);
  SELECT RAISE(ABORT, 'newest_txn') WHERE NEW.txn_id IS NOT (SELECT MAX(txn_id) FROM txn);
  SELECT RAISE(ABORT, 'lot_code_once') WHERE EXISTS (
    SELECT 1 FROM lot l WHERE l.code = NEW.code AND NOT EXISTS (SELECT 1 FROM txn r WHERE r.reverses = l.txn_id));
END;
CREATE TRIGGER parcel_append BEFORE INSERT ON parcel BEGIN
  SELECT RAISE(ABORT, 'parcel_gapless') WHERE NEW.parcel_row IS NOT (SELECT COALESCE(MAX(parcel_row), 0) + 1 FROM parcel);
  SELECT RAISE(ABORT, 'newest_txn') WHERE NOT EXISTS (SELECT 1 FROM lot WHERE lot_id = NEW.lot_id AND txn_id = (SELECT MAX(txn_id) FROM txn));
  SELECT RAISE(ABORT, 'parcel_once') WHERE EXISTS (
    SELECT 1 FROM parcel p JOIN lot l ON l.lot_id = p.lot_id
    WHERE p.pool = NEW.pool AND p.parcel_id = NEW.parcel_id
      AND NOT EXISTS (SELECT 1 FROM txn r WHERE r.reverses = l.txn_id));
  SELECT RAISE(ABORT, 'parcel_once') WHERE NEW.sha256 <> '' AND EXISTS (
    SELECT 1 FROM parcel p JOIN lot l ON l.lot_id = p.lot_id
    WHERE p.pool = NEW.pool AND p.sha256 = NEW.sha256
      AND NOT EXISTS (SELECT 1 FROM txn r WHERE r.reverses = l.txn_id));
END;
CREATE TRIGGER account_append BEFORE INSERT ON account BEGIN
  SELECT RAISE(ABORT, 'account_gapless') WHERE NEW.account_id IS NOT (SELECT COALESCE(MAX(account_id), 0) + 1 FROM account);
  SELECT RAISE(ABORT, 'account_once') WHERE EXISTS (
    SELECT 1 FROM account WHERE kind = NEW.kind AND lot_id = NEW.lot_id AND project = NEW.project AND asset = NEW.asset);
  SELECT RAISE(ABORT, 'account_opens_empty') WHERE NEW.balance <> 0 OR NEW.last_transfer <> 0 OR NEW.last_txn <> 0 OR NEW.last_effective <> '';
  SELECT RAISE(ABORT, 'account_lot_known') WHERE NOT EXISTS (SELECT 1 FROM lot WHERE lot_id = NEW.lot_id);
  SELECT RAISE(ABORT, 'account_project_known') WHERE NEW.project <> '' AND NOT EXISTS (SELECT 1 FROM project WHERE code = NEW.project);
END;
CREATE TRIGGER transfer_append BEFORE INSERT ON transfer BEGIN
  SELECT RAISE(ABORT, 'transfer_gapless') WHERE NEW.transfer_id IS NOT (SELECT COALESCE(MAX(transfer_id), 0) + 1 FROM transfer);
  SELECT RAISE(ABORT, 'newest_txn') WHERE NEW.txn_id IS NOT (SELECT MAX(txn_id) FROM txn);
  SELECT RAISE(ABORT, 'transfer_from') WHERE NOT EXISTS (
    SELECT 1 FROM account WHERE account_id = NEW.from_id AND asset = NEW.asset AND balance - NEW.amount = NEW.from_after);
  SELECT RAISE(ABORT, 'transfer_to') WHERE NOT EXISTS (
    SELECT 1 FROM account WHERE account_id = NEW.to_id AND asset = NEW.asset AND balance + NEW.amount = NEW.to_after);
END;
CREATE TRIGGER transfer_post AFTER INSERT ON transfer BEGIN
  UPDATE account SET balance = NEW.from_after, last_transfer = NEW.transfer_id, last_txn = NEW.txn_id,
    last_effective = MAX(last_effective, (SELECT effective_on FROM txn WHERE txn_id = NEW.txn_id)) WHERE account_id = NEW.from_id;
  UPDATE account SET balance = NEW.to_after, last_transfer = NEW.transfer_id, last_txn = NEW.txn_id,
    last_effective = MAX(last_effective, (SELECT effective_on FROM txn WHERE txn_id = NEW.txn_id)) WHERE account_id = NEW.to_id;
END;
CREATE TRIGGER account_moves_by_transfer BEFORE UPDATE ON account BEGIN
  SELECT RAISE(ABORT, 'account_identity') WHERE NEW.account_id IS NOT OLD.account_id OR NEW.kind IS NOT OLD.kind
    OR NEW.lot_id IS NOT OLD.lot_id OR NEW.project IS NOT OLD.project OR NEW.asset IS NOT OLD.asset;
  SELECT RAISE(ABORT, 'account_moves_by_transfer') WHERE NEW.last_transfer <= OLD.last_transfer OR NOT EXISTS (
    SELECT 1 FROM transfer t WHERE t.transfer_id = NEW.last_transfer AND t.txn_id = NEW.last_txn
      AND ((t.from_id = NEW.account_id AND t.from_after = NEW.balance) OR (t.to_id = NEW.account_id AND t.to_after = NEW.balance)));
END;
CREATE TRIGGER member_append BEFORE INSERT ON member BEGIN
  SELECT RAISE(ABORT, 'member_gapless') WHERE NEW.member_row IS NOT (SELECT COALESCE(MAX(member_row), 0) + 1 FROM member);
  SELECT RAISE(ABORT, 'newest_txn') WHERE NEW.txn_id IS NOT (SELECT MAX(txn_id) FROM txn);
END;
CREATE TRIGGER setting_append BEFORE INSERT ON setting BEGIN
  SELECT RAISE(ABORT, 'setting_gapless') WHERE NEW.setting_row IS NOT (SELECT COALESCE(MAX(setting_row), 0) + 1 FROM setting);
  SELECT RAISE(ABORT, 'newest_txn') WHERE NEW.txn_id IS NOT (SELECT MAX(txn_id) FROM txn);
END;
CREATE TRIGGER meta_append BEFORE INSERT ON ledger_meta BEGIN
  SELECT RAISE(ABORT, 'meta_once') WHERE EXISTS (SELECT 1 FROM ledger_meta WHERE name = NEW.name);
END;
CREATE TRIGGER asset_append BEFORE INSERT ON asset BEGIN
  SELECT RAISE(ABORT, 'asset_fixed') WHERE EXISTS (SELECT 1 FROM asset WHERE code = NEW.code);
END;
CREATE TRIGGER ledger_meta_no_update BEFORE UPDATE ON ledger_meta BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER ledger_meta_no_delete BEFORE DELETE ON ledger_meta BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER asset_no_update BEFORE UPDATE ON asset BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER asset_no_delete BEFORE DELETE ON asset BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER txn_no_update BEFORE UPDATE ON txn BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER txn_no_delete BEFORE DELETE ON txn BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER project_no_update BEFORE UPDATE ON project BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER project_no_delete BEFORE DELETE ON project BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER lot_no_update BEFORE UPDATE ON lot BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER lot_no_delete BEFORE DELETE ON lot BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER parcel_no_update BEFORE UPDATE ON parcel BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER parcel_no_delete BEFORE DELETE ON parcel BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER account_no_delete BEFORE DELETE ON account BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER transfer_no_delete BEFORE DELETE ON transfer BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER member_no_update BEFORE UPDATE ON member BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER member_no_delete BEFORE DELETE ON member BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER setting_no_update BEFORE UPDATE ON setting BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER setting_no_delete BEFORE DELETE ON setting BEGIN SELECT RAISE(ABORT, 'append_only'); END;
