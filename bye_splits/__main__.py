"""`python -m bye_splits` is `bye-splits`."""

import sys

from bye_splits.cli import main

sys.exit(main())
