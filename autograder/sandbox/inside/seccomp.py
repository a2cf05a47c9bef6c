"""Deny the system calls that a notebook needs not and that would undo other limits."""

import ctypes
import errno
import platform
import re
import struct

from . import system

_AUDIT_ARCH_X86_64 = 0xC000003E
_X32 = 0x40000000  # system calls of the x32 ABI have this bit: the same calls by other numbers
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # places in struct seccomp_data, of arguments their lower halves
_FIRST_ARGUMENT, _SECOND_ARGUMENT, _FOURTH_ARGUMENT = 16, 24, 40

# x86-64. Memory that no watchdog sees, other processes, mounts, keys, and large parts of the
# kernel that have had holes.
_TABLE = """
    memfd_create 319  memfd_secret 447  shmget 29  shmat 30
    shmctl 31  semget 64  msgget 68  mq_open 240
    ptrace 101  process_vm_readv 310  process_vm_writev 311  pidfd_getfd 438
    kcmp 312  perf_event_open 298  migrate_pages 256  move_pages 279
    mount 165  umount2 166  pivot_root 155  chroot 161
    open_tree 428  move_mount 429  fsopen 430  fsconfig 431
    fsmount 432  fspick 433  mount_setattr 442  name_to_handle_at 303
    open_by_handle_at 304  unshare 272  setns 308  add_key 248
    request_key 249  keyctl 250  bpf 321  userfaultfd 323
    io_uring_setup 425  io_uring_enter 426  io_uring_register 427  init_module 175
    finit_module 313  delete_module 176  kexec_load 246  kexec_file_load 320
    acct 163  swapon 167  swapoff 168  reboot 169
    sethostname 170  setdomainname 171  syslog 103  quotactl 179
    personality 135  lookup_dcookie 212  ioprio_set 251
"""
DENIED = {name: int(n) for name, n in re.findall(r"(\w+) (\d+)", _TABLE)}
_CLONE, _CLONE3, _SOCKET, _MMAP, _SETPRIORITY = 56, 435, 41, 9, 141
# Their first argument is a process. The watchdog has the same user, and starves where it may run
# only when nothing else wants to; libraries call them for their own threads.
_OF_A_PROCESS = {
    "sched_setparam": 142,
    "sched_setscheduler": 144,
    "sched_setaffinity": 203,
    "prlimit64": 302,
    "sched_setattr": 314,
}
_WATCHDOG = 1  # its number: the first process of the namespace
_PRIO_PROCESS = 0
# Memory that is shared but no file's stays when its process has gone, so the watchdog counts it
# nowhere; what programs share as a file lies in /dev/shm, which is sized.
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20
_NEW_NAMESPACES = (
    system.CLONE_NEWNS
    | system.CLONE_NEWCGROUP
    | system.CLONE_NEWUTS
    | system.CLONE_NEWIPC
    | system.CLONE_NEWUSER
    | system.CLONE_NEWPID
    | system.CLONE_NEWNET
)
# AF_UNIX, AF_INET, AF_INET6; the latter two lead nowhere. For the others EOPNOTSUPP, which ZeroMQ
# bears when it asks for the network's interfaces.
_FAMILIES = (1, 2, 10)
_Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def supported() -> bool:
    """Say whether the filter is written for this processor."""
    return platform.machine() == "x86_64"


def install() -> None:
    """Install the filter in this process and all its children, for good."""
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in _instructions())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    system.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program))


def _instructions() -> list[_Instruction]:
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        *_unless(_JUMP_EQUAL, _AUDIT_ARCH_X86_64, errno.ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
        *_when(_JUMP_AT_LEAST, _X32, errno.ENOSYS),
        # Its flags lie in memory, which a filter cannot read; C libraries fall back on clone.
        *_when(_JUMP_EQUAL, _CLONE3, errno.ENOSYS),
        *(part for n in DENIED.values() for part in _when(_JUMP_EQUAL, n, errno.EPERM)),
        *_with_argument(_CLONE, _when(_JUMP_ANY_BIT, _NEW_NAMESPACES, errno.EPERM)),
        *(
            part
            for n in _OF_A_PROCESS.values()
            for part in _with_argument(n, _when(_JUMP_EQUAL, _WATCHDOG, errno.EPERM))
        ),
        *_with_argument(_SETPRIORITY, _of_one_but_the_watchdog()),
        *_with_argument(_SOCKET, _only(_FAMILIES, errno.EOPNOTSUPP)),
        *_with_argument(
            _MMAP, _both(_MAP_ANONYMOUS, _MAP_SHARED, errno.EPERM), at=_FOURTH_ARGUMENT
        ),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _when(test: int, constant: int, error: int) -> list[_Instruction]:
    return [(test, 0, 1, constant), (_RETURN, 0, 0, _ERRNO | error)]


def _unless(test: int, constant: int, error: int) -> list[_Instruction]:
    return [(test, 1, 0, constant), (_RETURN, 0, 0, _ERRNO | error)]


def _only(values: tuple[int, ...], error: int) -> list[_Instruction]:
    allowed = [(_JUMP_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [*allowed, (_RETURN, 0, 0, _ERRNO | error)]


def _both(one: int, other: int, error: int) -> list[_Instruction]:
    return [(_JUMP_ANY_BIT, 0, 2, one), *_when(_JUMP_ANY_BIT, other, error)]


def _of_one_but_the_watchdog() -> list[_Instruction]:
    """Refuse setpriority(2) for groups and users, of which the watchdog might be one."""
    return [
        *_unless(_JUMP_EQUAL, _PRIO_PROCESS, errno.EPERM),
        (_LOAD, 0, 0, _SECOND_ARGUMENT),
        *_when(_JUMP_EQUAL, _WATCHDOG, errno.EPERM),
    ]


def _with_argument(
    number: int, block: list[_Instruction], at: int = _FIRST_ARGUMENT
) -> list[_Instruction]:
    """Run a block on one argument of a call, by default its first, then load the number again."""
    load = (_LOAD, 0, 0, at)
    return [(_JUMP_EQUAL, 0, len(block) + 2, number), load, *block, (_LOAD, 0, 0, _NUMBER)]
