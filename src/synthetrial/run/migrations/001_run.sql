-- A run: what was planned, asked, written and kept. Small columns stand before texts, so that counting reads few pages.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL                          -- JSON
) STRICT;

CREATE TABLE plan (
  cell INTEGER NOT NULL,
  round INTEGER NOT NULL,                      -- the highest one counts; earlier ones explain earlier candidates
  json TEXT NOT NULL,                          -- plan.Cell
  PRIMARY KEY (cell, round)
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
  key TEXT PRIMARY KEY,
  cell INTEGER NOT NULL,
  round INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('reasons', 'write', 'repair')),
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  seconds REAL NOT NULL,
  cost REAL,                                   -- NULL where no price is known
  cache_hit INTEGER NOT NULL CHECK (cache_hit IN (0, 1)),
  created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  request TEXT NOT NULL,                       -- llm.model.Request
  answer TEXT NOT NULL                         -- llm.model.Answer
) STRICT;

CREATE TABLE candidates (
  cell INTEGER NOT NULL,
  round INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  sample INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('passed', 'rejected', 'accepted', 'surplus')),
  codes TEXT NOT NULL,                         -- JSON list of the checks that failed
  created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  details TEXT NOT NULL,                       -- JSON list, a line for each code
  text TEXT NOT NULL,
  protocol TEXT,                               -- trial.Protocol; NULL where the text could not be read
  PRIMARY KEY (cell, round, attempt, sample)
) STRICT;

CREATE INDEX candidates_by_verdict ON candidates (state, codes);

CREATE TABLE trials (
  id TEXT PRIMARY KEY,
  ordinal INTEGER NOT NULL UNIQUE,
  cell INTEGER NOT NULL,
  json TEXT NOT NULL                           -- trial.SyntheticTrial
) STRICT;

CREATE TABLE stages (
  id INTEGER PRIMARY KEY,
  stage TEXT NOT NULL,
  seconds REAL NOT NULL,
  detail TEXT,
  created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
