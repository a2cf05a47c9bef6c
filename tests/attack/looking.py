"""Frames, gc, /proc, environment, descriptors, files: reading what is hidden.

What an attack finds it prints, and the scoreboard looks for canaries in what the grader shows.
"""

from tests.attack.table import Attack

ATTACKS = {
    "frames": Attack(
        "The frames above the answer are searched for truths, and their locals are overwritten.",
        """
import ctypes, inspect
def double(x):
    for frame in inspect.stack():
        print({name: repr(value)[:200] for name, value in frame.frame.f_locals.items()})
        for name in ("truth", "probe", "points", "secret", "expected"):
            if name in frame.frame.f_locals:
                frame.frame.f_locals[name] = None
                ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame.frame), 0)
    return 0 * x
""",
    ),
    "gc": Attack(
        "The collector's objects are searched for secrets and verdicts, which are changed.",
        """
import gc
def double(x):
    for found in gc.get_objects():
        kind = type(found).__name__
        if kind in ("Verdict", "Drawn", "Run", "Job", "Course", "CheckResult"):
            print(kind, repr(found)[:500])
            tried(object.__setattr__, found, "points", 2.0)
        if isinstance(found, dict) and {"secret", "truth", "solution"} & set(map(str, list(found)[:50])):
            print(repr(found)[:500])
    return 0 * x
""",
    ),
    "own-memory": Attack(
        "The kernel's memory, which its template left, is searched for what the template knew.",
        """
import re
needles = re.compile(rb"canary-[a-z]+-[0-9a-f]+|### BEGIN SOLUTION|gradebook\\\\.db")
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        low, high = (int(part, 16) for part in line.split()[0].split("-"))
        if " rw" in line and high - low < 50_000_000:
            try: memory.seek(low); found = needles.findall(memory.read(high - low))
            except OSError: continue
            if found: print(line.split()[-1], found[:5])
""",
    ),
    "proc": Attack(
        "/proc is read for every process that it shows: environment, command, memory, root.",
        """
import glob, os
for folder in glob.glob("/proc/[0-9]*"):
    for name in ("environ", "cmdline", "maps", "stack", "status"):
        if not folder.endswith(str(os.getpid())):
            tried(lambda: open(f"{folder}/{name}", "rb").read()[-2000:])
    for name in ("root", "cwd", "fd", "ns"):
        tried(os.listdir, f"{folder}/{name}")
    tried(lambda: open(f"{folder}/root{COURSE}/classroom/gradebook.db", "rb").read(100))
for name in ("kcore", "keys", "sysrq-trigger", "1/mem", "net/tcp", "net/unix", "mounts", "cmdline"):
    tried(lambda: open(f"/proc/{name}", "rb").read(1000))
""",
    ),
    "environment": Attack(
        "The environment of this process and of all its ancestors is printed.",
        """
import ctypes, os
print(dict(os.environ))
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
for n in range(200):
    if environ[n] is None: break
    print(environ[n])
tried(lambda: open(f"/proc/{os.getppid()}/environ").read())
""",
    ),
    "descriptors": Attack(
        "Every inherited descriptor is read, and told that the kernel is ready and well.",
        """
import array, os, socket
for n in range(3, 1024):
    try: name = os.readlink(f"/proc/self/fd/{n}")
    except OSError: continue
    print(n, name)
    if name.startswith("socket:") or name.startswith("pipe:"):
        continue  # the kernel's own: see `descriptors-flooded`
    tried(lambda: os.pread(n, 1000, 0))
    tried(lambda: os.listdir(n))
    tried(lambda: os.open("../../../../etc/shadow", os.O_RDONLY, dir_fd=n))
""",
    ),
    "descriptors-flooded": Attack(
        "Every socket and pipe that the kernel holds is fed what the watchdog might believe.",
        """
import os
def double(x):
    for n in range(3, 1024):
        try: os.set_blocking(n, False); os.write(n, b'{"event": "ended", "reason": "memory", "detail": ""}')
        except OSError: continue
    return 0 * x
""",
    ),
    "solutions-read": Attack(
        "Solutions, secrets, private digits and the gradebook are read where they lie.",
        """
import glob, os
for path in ("solutions/toy-numpy/toy.ipynb", "classroom/gradebook.db", "classroom/secrets/toy-numpy.key",
             "classroom/canary.txt", "nbgrader_config.py"):
    for root in (COURSE, "/proc/1/root" + COURSE, "/proc/self/root" + COURSE, "/proc/self/cwd/../../.." + COURSE,
                 REPOSITORY, "/tmp/stage" + COURSE):
        tried(lambda: open(f"{root}/{path}", "rb").read())
tried(lambda: open(REPOSITORY + "/autograder/assets/mnist-private.npz", "rb").read(100))
print(glob.glob(REPOSITORY + "/*"), glob.glob("/run/**", recursive=True)[:50], glob.glob("/*"))
""",
    ),
    "neighbours-read": Attack(
        "A neighbour's hand-in, graded notebook, feedback and kernel are read.",
        """
import glob, os
tried(lambda: open(HONEST + "/toy.ipynb").read())
for folder in (HONEST, COURSE + "/classroom", "/run/kernels", "/run/kernels/1", "/run/kernel", "/run/sandbox"):
    tried(os.listdir, folder)
for n in range(1, 80):
    for name in ("files/data.csv", "sockets/k-1"):
        tried(lambda: open(f"/run/kernels/{n}/{name}").read())
for path in glob.glob("/tmp/**", recursive=True)[:200] + glob.glob("/dev/shm/**", recursive=True)[:200]:
    print(path)
""",
    ),
    "grader-imported": Attack(
        "The grader's own package is imported and asked for its secret, truth and gradebook.",
        """
import importlib, sys
sys.path[:0] = [REPOSITORY, COURSE, "/proc/1/root" + REPOSITORY]
for name in ("autograder.probes", "autograder.private", "autograder.judge", "authoring", "tests"):
    module = tried(importlib.import_module, name)
    tried(lambda: module.private_digits())
    tried(lambda: module.read_secret(COURSE + "/classroom/secrets/toy-numpy.key"))
""",
    ),
    "template-remembers": Attack(
        "Modules, caches and random state are searched for what other forks did before.",
        """
import linecache, random, re, sys
print([name for name in sys.modules if "canary" in name], list(linecache.cache)[-20:])
print(get_ipython().history_manager.input_hist_raw[:20], random.getstate()[1][:3])
for module in list(sys.modules.values()):
    for name, value in list(getattr(module, "__dict__", {}).items()):
        if isinstance(value, (str, bytes)) and "canary" in str(value): print(module.__name__, name, value)
""",
    ),
    "links-out": Attack(
        "Links in the working folder point at what is hidden, for a grader that follows them.",
        """
import os
for name, target in {"data.csv": COURSE + "/classroom/secrets/toy-numpy.key", "a": "/", "b": "/etc/shadow",
                     "toy.ipynb": HONEST + "/toy.ipynb", "c": "/proc/1/root"}.items():
    if os.path.lexists(name): os.unlink(name)
    os.symlink(target, name)
    tried(lambda: open(name, "rb").read())
    tried(os.listdir, name)
    tried(os.link, target, name + "-hard")
""",
    ),
}
