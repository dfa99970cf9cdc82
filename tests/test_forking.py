"""Forks of the process with the program imported are to their tests what new processes of Python are."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from forking import PYTHON

NEW = (sys.executable,)
TELL = (
    "import json, os, sys, bye_splits; print(json.dumps([sys.argv, sys.orig_argv, sys.path[0], os.getcwd(), "
    "os.environ.get('ANYTHING'), __name__, globals().get('__file__'), sys.stdin.read()]), end='');"
    "print('error', file=sys.stderr); sys.exit(3)"
)
both = pytest.mark.parametrize("python", [NEW, PYTHON], ids=["new", "forked"])


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(TELL)
    return path


def test_it_is_told_as_much_and_says_as_much(program, tmp_path):
    for command in (("-c", TELL, "a", "-b"), ("-u", "-c", TELL), (str(program), "c"), ("-m", "program", "d")):
        told = [
            subprocess.run(
                [*python, *command],
                input="typed",
                capture_output=True,
                text=True,
                check=False,
                cwd=tmp_path,
                env=os.environ | {"ANYTHING": "else"},
            )
            for python in (NEW, PYTHON)
        ]
        assert [done.returncode for done in told] == [3, 3], told
        assert (told[0].stdout, told[0].stderr) == (told[1].stdout, told[1].stderr)
        assert json.loads(told[1].stdout)[-1] == "typed"


def test_its_program_was_imported_before_it_began():
    found = {}
    for name, python in (("new", NEW), ("forked", PYTHON)):
        said = subprocess.check_output(
            [*python, "-c", "import sys; print('panel' in sys.modules)"], text=True
        )
        found[name] = said.strip()
    assert found == {"new": "False", "forked": str("FORKING_FOLDER" in os.environ)}


def test_with_what_python_reads_as_it_starts_it_is_a_new_process():
    code = "import os, sys; print(sys.flags.optimize, os.environ.get('NUMBA_X'), 'panel' in sys.modules)"
    done = subprocess.check_output([*PYTHON, "-O", "-c", code], text=True)
    assert done.split() == ["1", "None", "False"]
    environment = os.environ | {"NUMBA_X": "1"}
    done = subprocess.check_output([*PYTHON, "-c", code], text=True, env=environment)
    assert done.split() == ["0", "1", "False"]


@both
def test_a_further_file_keeps_its_number_and_is_closed_with_the_process(python):
    ours, theirs = os.pipe()
    code = f"import os; os.write({theirs}, b'said')"
    subprocess.run([*python, "-c", code], pass_fds=[theirs], check=True)
    os.close(theirs)
    with open(ours, "rb") as file:
        assert file.read() == b"said"  # to the end: nobody else has the other one


def test_another_secret_key_is_read():
    """Bokeh reads it as it is imported."""
    code = "from bokeh.util import token; print(token.generate_session_id.__defaults__[0].decode())"
    for secret in ("one", "two"):
        environment = os.environ | {"BOKEH_SECRET_KEY": secret}
        assert subprocess.check_output([*PYTHON, "-c", code], text=True, env=environment).strip() == secret


@both
@pytest.mark.parametrize(
    ("code", "ended", "said"),
    [
        ("import atexit; atexit.register(print, 'last'); 1 / 0", 1, "last\n"),
        ("import os; os._exit(7)", 7, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
    ],
)
def test_it_ends_in_the_same_way(python, code, ended, said):
    done = subprocess.run([*python, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (ended, said)


WAIT = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
signal.signal(signal.SIGINT, lambda *_: sys.exit(6))
print(os.getpid(), flush=True)
while True:
    signal.pause()
"""


@both
@pytest.mark.parametrize(
    ("number", "ended"),
    [(signal.SIGTERM, 5), (signal.SIGINT, 6), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_signals_reach_it(python, number, ended):
    with subprocess.Popen(
        [*python, "-c", WAIT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        at_work = int(process.stdout.readline())
        process.send_signal(number)
        assert process.wait(timeout=30) == ended
        end = time.monotonic() + 30
        while Path(f"/proc/{at_work}").exists():
            assert time.monotonic() < end, "it goes on"
            time.sleep(0.01)
