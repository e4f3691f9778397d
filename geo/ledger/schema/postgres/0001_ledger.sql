-- The offset pool. Nothing is ever updated or deleted; account rows carry a running balance that only a transfer moves.
CREATE TABLE ledger_meta (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE asset (
  code TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  unit TEXT COLLATE "C" NOT NULL,
  per_unit BIGINT NOT NULL CONSTRAINT asset_scale CHECK (per_unit > 0)
);

CREATE TABLE txn (
  txn_id BIGINT PRIMARY KEY,
  idem_key TEXT COLLATE "C" NOT NULL CONSTRAINT txn_key_once UNIQUE CONSTRAINT txn_key_given CHECK (length(idem_key) > 0),
  request_sha256 TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  actor TEXT COLLATE "C" NOT NULL CONSTRAINT txn_actor_given CHECK (length(actor) > 0),
  approver TEXT COLLATE "C" NOT NULL DEFAULT '',
  reason TEXT COLLATE "C" NOT NULL CONSTRAINT txn_reason_given CHECK (length(reason) > 0),
  basis TEXT COLLATE "C" NOT NULL CONSTRAINT txn_basis_given CHECK (length(basis) > 0),
  recorded_at TEXT COLLATE "C" NOT NULL,
  effective_on TEXT COLLATE "C" NOT NULL CONSTRAINT txn_effective_date CHECK (effective_on ~ '^[0-9]{4}-[01][0-9]-[0-3][0-9]$'),
  regime TEXT COLLATE "C" NOT NULL,
  rules TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  reverses BIGINT CONSTRAINT txn_reversed_once UNIQUE REFERENCES txn (txn_id),
  decides BIGINT CONSTRAINT txn_decided_once UNIQUE REFERENCES txn (txn_id),
  prev_hash TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL CONSTRAINT txn_hash_once UNIQUE,
  CONSTRAINT txn_two_people CHECK (approver = '' OR approver <> actor)
);

CREATE TABLE project (
  code TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  county TEXT COLLATE "C" NOT NULL,
  txn_id BIGINT NOT NULL REFERENCES txn (txn_id)
);

CREATE TABLE lot (
  lot_id BIGINT PRIMARY KEY,
  code TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL CONSTRAINT lot_kind CHECK (kind IN ('balance', 'reserve', 'promise', 'quota', 'loan', 'transfer')),
  county TEXT COLLATE "C" NOT NULL,
  regime TEXT COLLATE "C" NOT NULL,
  area BIGINT NOT NULL CONSTRAINT lot_area CHECK (area >= 0),
  started_on TEXT COLLATE "C" NOT NULL,
  due_on TEXT COLLATE "C" NOT NULL,
  limit_on TEXT COLLATE "C" NOT NULL,
  government TEXT COLLATE "C" NOT NULL,
  project TEXT COLLATE "C" NOT NULL,
  parent BIGINT REFERENCES lot (lot_id),
  mechanism TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  txn_id BIGINT NOT NULL REFERENCES txn (txn_id),
  CONSTRAINT lot_due_lawful CHECK (limit_on = '' OR (due_on <> '' AND due_on <= limit_on)),
  CONSTRAINT lot_due_after_start CHECK (due_on = '' OR due_on >= started_on)
);
CREATE INDEX lot_code ON lot (code);
CREATE INDEX lot_txn ON lot (txn_id);

CREATE TABLE parcel (
  parcel_row BIGINT PRIMARY KEY,
  lot_id BIGINT NOT NULL REFERENCES lot (lot_id),
  pool TEXT COLLATE "C" NOT NULL,
  parcel_id TEXT COLLATE "C" NOT NULL,
  area BIGINT NOT NULL CONSTRAINT parcel_area CHECK (area > 0),
  grade BIGINT NOT NULL,
  srid BIGINT NOT NULL,
  wkb BYTEA NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  area_method TEXT COLLATE "C" NOT NULL,
  source_sha256 TEXT COLLATE "C" NOT NULL
);
CREATE INDEX parcel_pool_id ON parcel (pool, parcel_id);
CREATE INDEX parcel_pool_sha ON parcel (pool, sha256);
CREATE INDEX parcel_lot ON parcel (lot_id);

CREATE TABLE account (
  account_id BIGINT PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL CONSTRAINT account_kind CHECK (kind IN ('ISSUED', 'AVAILABLE', 'RESERVED', 'USED', 'EXPIRED', 'OWED', 'LENT', 'RETURNED', 'DISCOUNT')),
  lot_id BIGINT NOT NULL REFERENCES lot (lot_id),
  project TEXT COLLATE "C" NOT NULL DEFAULT '',
  asset TEXT COLLATE "C" NOT NULL REFERENCES asset (code),
  balance BIGINT NOT NULL DEFAULT 0,
  last_transfer BIGINT NOT NULL DEFAULT 0,
  last_txn BIGINT NOT NULL DEFAULT 0,
  last_effective TEXT COLLATE "C" NOT NULL DEFAULT '',
  CONSTRAINT account_never_negative CHECK (CASE WHEN kind IN ('ISSUED', 'OWED') THEN balance <= 0 ELSE balance >= 0 END),
  CONSTRAINT account_project_named CHECK (kind NOT IN ('RESERVED', 'USED', 'LENT') OR project <> ''),
  CONSTRAINT account_once UNIQUE (kind, lot_id, project, asset)
);
CREATE INDEX account_lot ON account (lot_id);
CREATE INDEX account_project ON account (project, kind);
CREATE INDEX account_open ON account (kind, asset) WHERE balance > 0;

CREATE TABLE transfer (
  transfer_id BIGINT PRIMARY KEY,
  txn_id BIGINT NOT NULL REFERENCES txn (txn_id),
  from_id BIGINT NOT NULL REFERENCES account (account_id),
  to_id BIGINT NOT NULL REFERENCES account (account_id),
  asset TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL CONSTRAINT transfer_amount CHECK (amount > 0 AND amount <= 1000000000000),
  from_after BIGINT NOT NULL,
  to_after BIGINT NOT NULL,
  CONSTRAINT transfer_two_accounts CHECK (from_id <> to_id)
);
CREATE INDEX transfer_txn ON transfer (txn_id);
CREATE INDEX transfer_from ON transfer (from_id);
CREATE INDEX transfer_to ON transfer (to_id);

CREATE TABLE member (
  member_row BIGINT PRIMARY KEY,
  subject TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL CONSTRAINT member_role CHECK (role IN ('viewer', 'officer', 'approver')),
  granted BIGINT NOT NULL CONSTRAINT member_granted CHECK (granted IN (0, 1)),
  txn_id BIGINT NOT NULL REFERENCES txn (txn_id)
);
CREATE INDEX member_subject ON member (subject);

CREATE TABLE setting (
  setting_row BIGINT PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  txn_id BIGINT NOT NULL REFERENCES txn (txn_id)
);

-- Appending only, for every role: a trigger, besides the rights that an office leaves its users.
CREATE FUNCTION txn_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF NEW.txn_id IS DISTINCT FROM (SELECT COALESCE(MAX(txn_id), 0) + 1 FROM txn) THEN RAISE EXCEPTION 'txn_gapless' USING ERRCODE = 'ZC001'; END IF;
  IF EXISTS (SELECT 1 FROM txn WHERE idem_key = NEW.idem_key OR hash = NEW.hash) THEN RAISE EXCEPTION 'txn_key_once' USING ERRCODE = 'ZC001'; END IF;
  IF EXISTS (SELECT 1 FROM txn WHERE reverses = NEW.reverses OR decides = NEW.decides) THEN RAISE EXCEPTION 'txn_reversed_once' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.txn_id > 1 AND NEW.prev_hash IS DISTINCT FROM (SELECT hash FROM txn WHERE txn_id = NEW.txn_id - 1) THEN RAISE EXCEPTION 'txn_chain' USING ERRCODE = 'ZC001'; END IF;
  IF EXISTS (SELECT 1 FROM txn WHERE txn_id = NEW.txn_id - 1 AND recorded_at > NEW.recorded_at) THEN RAISE EXCEPTION 'txn_clock' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER txn_append BEFORE INSERT ON txn FOR EACH ROW EXECUTE FUNCTION txn_append();
CREATE FUNCTION project_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF EXISTS (SELECT 1 FROM project WHERE code = NEW.code) THEN RAISE EXCEPTION 'project_once' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.txn_id IS DISTINCT FROM (SELECT MAX(txn_id) FROM txn) THEN RAISE EXCEPTION 'newest_txn' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER project_append BEFORE INSERT ON project FOR EACH ROW EXECUTE FUNCTION project_append();
CREATE FUNCTION lot_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF NEW.lot_id IS DISTINCT FROM (SELECT COALESCE(MAX(lot_id), 0) + 1 FROM lot) THEN RAISE EXCEPTION 'lot_gapless' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.txn_id IS DISTINCT FROM (SELECT MAX(txn_id) FROM txn) THEN RAISE EXCEPTION 'newest_txn' USING ERRCODE = 'ZC001'; END IF;
  IF EXISTS (
    SELECT 1 FROM lot l WHERE l.code = NEW.code AND NOT EXISTS (SELECT 1 FROM txn r WHERE r.reverses = l.txn_id)) THEN RAISE EXCEPTION 'lot_code_once' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lot_append BEFORE INSERT ON lot FOR EACH ROW EXECUTE FUNCTION lot_append();
CREATE FUNCTION parcel_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF NEW.parcel_row IS DISTINCT FROM (SELECT COALESCE(MAX(parcel_row), 0) + 1 FROM parcel) THEN RAISE EXCEPTION 'parcel_gapless' USING ERRCODE = 'ZC001'; END IF;
  IF NOT EXISTS (SELECT 1 FROM lot WHERE lot_id = NEW.lot_id AND txn_id = (SELECT MAX(txn_id) FROM txn)) THEN RAISE EXCEPTION 'newest_txn' USING ERRCODE = 'ZC001'; END IF;
  IF EXISTS (
    SELECT 1 FROM parcel p JOIN lot l ON l.lot_id = p.lot_id
    WHERE p.pool = NEW.pool AND p.parcel_id = NEW.parcel_id
      AND NOT EXISTS (SELECT 1 FROM txn r WHERE r.reverses = l.txn_id)) THEN RAISE EXCEPTION 'parcel_once' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.sha256 <> '' AND EXISTS (
    SELECT 1 FROM parcel p JOIN lot l ON l.lot_id = p.lot_id
    WHERE p.pool = NEW.pool AND p.sha256 = NEW.sha256
      AND NOT EXISTS (SELECT 1 FROM txn r WHERE r.reverses = l.txn_id)) THEN RAISE EXCEPTION 'parcel_once' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER parcel_append BEFORE INSERT ON parcel FOR EACH ROW EXECUTE FUNCTION parcel_append();
CREATE FUNCTION account_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF NEW.account_id IS DISTINCT FROM (SELECT COALESCE(MAX(account_id), 0) + 1 FROM account) THEN RAISE EXCEPTION 'account_gapless' USING ERRCODE = 'ZC001'; END IF;
  IF EXISTS (
    SELECT 1 FROM account WHERE kind = NEW.kind AND lot_id = NEW.lot_id AND project = NEW.project AND asset = NEW.asset) THEN RAISE EXCEPTION 'account_once' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.balance <> 0 OR NEW.last_transfer <> 0 OR NEW.last_txn <> 0 OR NEW.last_effective <> '' THEN RAISE EXCEPTION 'account_opens_empty' USING ERRCODE = 'ZC001'; END IF;
  IF NOT EXISTS (SELECT 1 FROM lot WHERE lot_id = NEW.lot_id) THEN RAISE EXCEPTION 'account_lot_known' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.project <> '' AND NOT EXISTS (SELECT 1 FROM project WHERE code = NEW.project) THEN RAISE EXCEPTION 'account_project_known' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER account_append BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION account_append();
CREATE FUNCTION transfer_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF NEW.transfer_id IS DISTINCT FROM (SELECT COALESCE(MAX(transfer_id), 0) + 1 FROM transfer) THEN RAISE EXCEPTION 'transfer_gapless' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.txn_id IS DISTINCT FROM (SELECT MAX(txn_id) FROM txn) THEN RAISE EXCEPTION 'newest_txn' USING ERRCODE = 'ZC001'; END IF;
  IF NOT EXISTS (
    SELECT 1 FROM account WHERE account_id = NEW.from_id AND asset = NEW.asset AND balance - NEW.amount = NEW.from_after) THEN RAISE EXCEPTION 'transfer_from' USING ERRCODE = 'ZC001'; END IF;
  IF NOT EXISTS (
    SELECT 1 FROM account WHERE account_id = NEW.to_id AND asset = NEW.asset AND balance + NEW.amount = NEW.to_after) THEN RAISE EXCEPTION 'transfer_to' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER transfer_append BEFORE INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION transfer_append();
CREATE FUNCTION member_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF NEW.member_row IS DISTINCT FROM (SELECT COALESCE(MAX(member_row), 0) + 1 FROM member) THEN RAISE EXCEPTION 'member_gapless' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.txn_id IS DISTINCT FROM (SELECT MAX(txn_id) FROM txn) THEN RAISE EXCEPTION 'newest_txn' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER member_append BEFORE INSERT ON member FOR EACH ROW EXECUTE FUNCTION member_append();
CREATE FUNCTION setting_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF NEW.setting_row IS DISTINCT FROM (SELECT COALESCE(MAX(setting_row), 0) + 1 FROM setting) THEN RAISE EXCEPTION 'setting_gapless' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.txn_id IS DISTINCT FROM (SELECT MAX(txn_id) FROM txn) THEN RAISE EXCEPTION 'newest_txn' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER setting_append BEFORE INSERT ON setting FOR EACH ROW EXECUTE FUNCTION setting_append();
CREATE FUNCTION meta_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF EXISTS (SELECT 1 FROM ledger_meta WHERE name = NEW.name) THEN RAISE EXCEPTION 'meta_once' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER meta_append BEFORE INSERT ON ledger_meta FOR EACH ROW EXECUTE FUNCTION meta_append();
CREATE FUNCTION asset_append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF EXISTS (SELECT 1 FROM asset WHERE code = NEW.code) THEN RAISE EXCEPTION 'asset_fixed' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER asset_append BEFORE INSERT ON asset FOR EACH ROW EXECUTE FUNCTION asset_append();
CREATE FUNCTION transfer_post() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  UPDATE account SET balance = NEW.from_after, last_transfer = NEW.transfer_id, last_txn = NEW.txn_id,
    last_effective = GREATEST(last_effective, (SELECT effective_on FROM txn WHERE txn_id = NEW.txn_id)) WHERE account_id = NEW.from_id;
  UPDATE account SET balance = NEW.to_after, last_transfer = NEW.transfer_id, last_txn = NEW.txn_id,
    last_effective = GREATEST(last_effective, (SELECT effective_on FROM txn WHERE txn_id = NEW.txn_id)) WHERE account_id = NEW.to_id;
  RETURN NULL;
END $$;
CREATE TRIGGER transfer_post AFTER INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION transfer_post();
CREATE FUNCTION account_moves_by_transfer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
  IF NEW.account_id IS DISTINCT FROM OLD.account_id OR NEW.kind IS DISTINCT FROM OLD.kind
    OR NEW.lot_id IS DISTINCT FROM OLD.lot_id OR NEW.project IS DISTINCT FROM OLD.project OR NEW.asset IS DISTINCT FROM OLD.asset THEN RAISE EXCEPTION 'account_identity' USING ERRCODE = 'ZC001'; END IF;
  IF NEW.last_transfer <= OLD.last_transfer OR NOT EXISTS (
    SELECT 1 FROM transfer t WHERE t.transfer_id = NEW.last_transfer AND t.txn_id = NEW.last_txn
      AND ((t.from_id = NEW.account_id AND t.from_after = NEW.balance) OR (t.to_id = NEW.account_id AND t.to_after = NEW.balance))) THEN RAISE EXCEPTION 'account_moves_by_transfer' USING ERRCODE = 'ZC001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER account_moves_by_transfer BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION account_moves_by_transfer();
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'append_only' USING ERRCODE = 'ZC001';
END $$;
CREATE TRIGGER ledger_meta_no_change BEFORE UPDATE OR DELETE ON ledger_meta FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER asset_no_change BEFORE UPDATE OR DELETE ON asset FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER txn_no_change BEFORE UPDATE OR DELETE ON txn FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER project_no_change BEFORE UPDATE OR DELETE ON project FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER lot_no_change BEFORE UPDATE OR DELETE ON lot FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER parcel_no_change BEFORE UPDATE OR DELETE ON parcel FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER transfer_no_change BEFORE UPDATE OR DELETE ON transfer FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER member_no_change BEFORE UPDATE OR DELETE ON member FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER setting_no_change BEFORE UPDATE OR DELETE ON setting FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER account_no_delete BEFORE DELETE ON account FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_meta_no_truncate BEFORE TRUNCATE ON ledger_meta FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER asset_no_truncate BEFORE TRUNCATE ON asset FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER txn_no_truncate BEFORE TRUNCATE ON txn FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER project_no_truncate BEFORE TRUNCATE ON project FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER lot_no_truncate BEFORE TRUNCATE ON lot FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER parcel_no_truncate BEFORE TRUNCATE ON parcel FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER account_no_truncate BEFORE TRUNCATE ON account FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER transfer_no_truncate BEFORE TRUNCATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER member_no_truncate BEFORE TRUNCATE ON member FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER setting_no_truncate BEFORE TRUNCATE ON setting FOR EACH STATEMENT EXECUTE FUNCTION append_only();
