"""The Python API, as small as the command line: load_corpus, split, generate, evaluate, export."""
