"""`python -m synthetrial`."""

from synthetrial.cli import main

if __name__ == "__main__":
    main()
