"""How long generating a project takes: `python tools/bench_generation.py PYTHON`, with stock Cookiecutter in PYTHON's
environment and nothing else running. Prints the median of ten.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
TIMES = 10


def main(python):
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-m", "cookiecutter", str(ROOT), "--no-input", "--default-config", "-o"]
        for number in range(TIMES + 1):
            began = time.perf_counter()
            subprocess.run([*command, str(Path(folder, str(number)))], check=True, capture_output=True)
            seconds.append(time.perf_counter() - began)
    del seconds[0]  # in which Python compiles what it imports
    print(f"median of {TIMES}: {median(seconds):.2f} s, best {min(seconds):.2f} s, worst {max(seconds):.2f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
