"""Lets `python -m leadwell.cli` run the console script."""

from leadwell.cli import main

main()
