"""The line protocol that the peers share.

A driver starts a peer as a child with pipes, waits for the first line, and then writes one command a line to its
standard input and reads one JSON object a line from its standard output. The process stays alive and the model
is loaded once, so a driver can interleave runs of two programs and compare pairs. A peer that waits for a
command sleeps in a read. Everything that libraries print goes to standard error.

    {"ready": true, "peer": "...", "threads": 2, "load_seconds": 3.1, "versions": {...}}      first line
    {"seconds": 1.25, "rows": 64, "tokens": 7042, ...}                                        answer to a command
    {"error": "..."}                                                                          a command that failed

`quit`, or the end of the input, ends the process.
"""

import json
import os
import sys


def set_threads_early(argv):
    """Puts --threads into the environment before numpy and torch are imported: their pools read it once."""
    if "--threads" in argv[:-1]:
        n = argv[argv.index("--threads") + 1]
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = n
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")  # its default; said so that forks do not warn
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # models are folders here: never look anything up


def own_stdout():
    """Keeps the real standard output for answers and sends everybody else's prints to standard error."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


def serve(answers, ready, commands):
    """Answers commands until `quit`. commands: {name: function of the remaining words, returning a dict}."""

    def say(obj):
        answers.write(json.dumps(obj) + "\n")
        answers.flush()

    say({"ready": True, **ready})
    for line in sys.stdin:
        words = line.split()
        if not words:
            continue
        if words[0] == "quit":
            return
        try:
            if words[0] not in commands:
                raise ValueError(f"unknown command {words[0]}; known: {' '.join(sorted(commands))} quit")
            say(commands[words[0]](*words[1:]))
        except Exception as err:  # the driver decides what a failed run means; the peer lives on
            say({"error": f"{type(err).__name__}: {err}"})
