-- Cells of the same exemplars are taken on end: a cell's turn is the index of the first of them.

ALTER TABLE plan ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;

UPDATE plan SET turn = cell;

CREATE INDEX plan_by_turn ON plan (turn, cell, round);
