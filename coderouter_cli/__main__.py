"""`python -m coderouter_cli`: the command line."""

from coderouter_cli.cli.main import main

if __name__ == "__main__":
    main()
