"""The attack suite: hand-ins with wrong answers that try to gain a point or to do harm.

    python -m tests.attack               all of them, among honest hand-ins, in one class
    python -m tests.attack --only NAME   one, to see what it does

One module per class of attack holds a table: a name, a sentence on what it tries, and the code of a
cell or the change of a file that tries it. `field.py` makes the course, `host.py` looks at what
must not change, `scoreboard.py` counts. Every answer is wrong, so each point would be a gain.
"""
