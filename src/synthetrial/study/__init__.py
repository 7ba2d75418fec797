"""Studies: recipes x seeds x sizes x classifiers x teacher modes on one corpus, and what can be said of them."""
