"""Pages of a run for people: the report and the browser of records."""
