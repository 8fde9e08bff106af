"""`make fidelity`: the 29 properties, each with its figure and bound; `--mutations` also breaks each mechanism.

Exit code 0 when all hold (and, with mutations, each was seen to fail where its mechanism is broken).
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).with_name("test_properties.py")


def main() -> int:
    """Returns pytest's exit code."""
    mutations = "--mutations" in sys.argv
    given = [argument for argument in sys.argv[1:] if argument != "--mutations"]
    chosen = "" if mutations else "not broken"
    quiet = ["-q", "--no-header", "--tb=no", "-r", "N", "-m", "", "-k", chosen, "-o", "console_output_style=classic"]
    return int(pytest.main([str(TESTS), *quiet, *given]))


if __name__ == "__main__":
    sys.exit(main())
