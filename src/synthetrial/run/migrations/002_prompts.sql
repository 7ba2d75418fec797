-- A record written section by section takes many calls on one prompt: it is kept once.

CREATE TABLE prompts (
  hash TEXT PRIMARY KEY,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE calls ADD COLUMN prompt TEXT REFERENCES prompts (hash);  -- of a completion; request has the rest
