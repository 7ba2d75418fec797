-- What was asked for a cell is looked up when its turn comes, and sent along where a cell is written elsewhere.

CREATE INDEX calls_by_cell ON calls (cell, round, attempt);
