"""Landlock: no writing outside the scratch, whatever the mounts say, and no TCP."""

import ctypes
import os
import struct

from . import system

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every processor
_ABI_WANTED = 4  # the first that can deny TCP
_WRITE_FILE, _MAKE_SOCKET = 1 << 1, 1 << 9
_WRITES = _WRITE_FILE | sum(1 << bit for bit in range(4, 15))  # all but execute, read, list
_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract sockets, signals: from ABI 6


def version() -> int:
    """Return the kernel's Landlock version, 0 where it has none."""
    try:
        return system.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    except OSError:
        return 0


def supported() -> bool:
    """Say whether the kernel's Landlock can do what `install` asks."""
    return version() >= _ABI_WANTED


def install(scratch: list[str], sockets: str) -> None:
    """Allow writes below the scratch and to devices, new sockets in one folder, nothing else."""
    scopes = _SCOPES if version() >= 6 else 0
    attributes = struct.pack("QQQ", _WRITES, _TCP, scopes)[: 24 if scopes else 16]
    rules = system.syscall(
        _CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)
    )
    for folder, allowed in [
        *((folder, _WRITES) for folder in scratch),
        ("/dev", _WRITE_FILE),
        (sockets, _MAKE_SOCKET),
    ]:
        handle = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", allowed, handle)
        system.syscall(_ADD, ctypes.c_int(rules), ctypes.c_int(1), rule, ctypes.c_uint32(0))
        os.close(handle)
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    system.syscall(_RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0))
    os.close(rules)
