"""The process in which another program starts: it limits itself, leaves the network, and becomes that program.

    python limited.py CPU_S MEMORY_BYTES FILE_BYTES TOLD_FD PROGRAM [WORD ...]

It is started by its path, without the package. To TOLD_FD it says "1" where it has left the network. The limits keep a
mistake from doing harm; they are no sandbox against code that means harm.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import sys

NOT_FOUND = 127  # as shells say it
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # linux/sched.h
_SET_FLAGS, _IS_UP = 0x8914, 0x1  # linux/sockios.h, net/if.h


def main(numbers: list[int], command: list[str]) -> None:
    """Become the program."""
    cpu_s, memory_bytes, file_bytes, told = numbers
    _limit(cpu_s, memory_bytes, file_bytes)
    os.set_inheritable(told, False)  # noqa: FBT003 - its only form
    os.write(told, b"1" if _left_network() else b"0")
    try:
        os.execvp(command[0], command)  # noqa: S606 - what it is for, and no shell
    except OSError as error:
        sys.stderr.write(f"{error.strerror}\n")
        os._exit(NOT_FOUND)


def _limit(cpu_s: int, memory_bytes: int, file_bytes: int) -> None:
    """Set each limit that this system has; none can be raised again."""
    import resource

    limits = {
        "RLIMIT_CPU": (cpu_s, cpu_s + 1),  # SIGXCPU, then SIGKILL
        "RLIMIT_DATA": (memory_bytes, memory_bytes),  # not AS: some engines reserve far more than they use
        "RLIMIT_FSIZE": (file_bytes, file_bytes),
        "RLIMIT_CORE": (0, 0),
    }
    for name, soft_and_hard in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), soft_and_hard)


def _left_network() -> bool:
    """Go where there is nothing but this machine's own 127.0.0.1, and that one empty; only Linux can."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    libc, user, group = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    if libc.unshare(_NEW_NETWORK) != 0:
        if libc.unshare(_NEW_USER | _NEW_NETWORK) != 0:
            return False
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _IS_UP))  # tests talk to themselves
    return True


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:5]], sys.argv[5:])
