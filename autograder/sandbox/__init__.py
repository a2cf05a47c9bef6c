"""Run students' code in a bubblewrap sandbox, in a kernel forked from a warm template.

    grader ── launch.py ──▶ bubblewrap ──▶ template, which imports and never computes
                                              └─ fork ─▶ PID 1 of namespaces of its own
                                                            └─ the student's kernel

In `inside` these are template.py, first.py and kernel.py.

What runs within the sandbox is the folder `inside`, which imports nothing of ours but `tandem`.
"""
