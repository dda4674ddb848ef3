#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts amandad the way inetd does, as user backup, until it is ended with SIGTERM.

    inetd.py ADDRESS AUTH SERVICE...

Over UDP one amandad owns the socket until it exits ("wait"); for bsdtcp and ssl every connection gets its own.
"""
import os
import pwd
import select
import socket
import sys

AMANDAD = "/usr/lib/amanda/amandad"


def start(auth, services, sock):
    """amandad as a child with the socket as its standard input and output; returns its pid"""
    pid = os.fork()
    if pid:
        return pid
    user = pwd.getpwnam("backup")
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
    os.dup2(sock.fileno(), 0)
    os.dup2(sock.fileno(), 1)
    os.closerange(3, 64)
    environment = {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    # whoever records TLS wants its keys
    environment.update({name: os.environ[name] for name in ("LD_PRELOAD", "SSLKEYLOGFILE") if name in os.environ})
    os.execve(AMANDAD, ["amandad", "-auth=" + auth, *services], environment)


def main():
    address, auth, *services = sys.argv[1:]
    tcp = auth in ("bsdtcp", "ssl")
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
    if tcp:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, 10080))
    if tcp:
        sock.listen(16)
    children = set()
    while True:
        ready = select.select([sock], [], [], 0.5)[0]
        children = {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0] == 0}
        if ready and tcp:
            connection = sock.accept()[0]
            children.add(start(auth, services, connection))
            connection.close()
        elif ready:
            os.waitpid(start(auth, services, sock), 0)


if __name__ == "__main__":
    main()
