"""Runs a program on a pseudo-terminal and answers it.

usage: converse.py COLUMNS PROGRAM ARGUMENT... -- TEXT KEYS [TEXT KEYS]...

Waits for each TEXT in what is new on the screen, then types KEYS (`\\r`, `\\x03` and the like are escapes). Prints all that
was on the screen, with `\\x1b` for escapes, then `exit CODE`.
"""
import codecs
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

columns, rest = int(sys.argv[1]), sys.argv[2:]
split = rest.index("--")
command, talk = rest[:split], rest[split + 1:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    os.execv(command[0], command)
screen, seen = "", 0
end = time.time() + 60
pairs = list(zip(talk[::2], talk[1::2]))
while time.time() < end:
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        screen += data.decode(errors="replace")
    if pairs and pairs[0][0] in screen[seen:]:
        seen = len(screen)
        keys = codecs.decode(pairs.pop(0)[1], "unicode_escape")
        time.sleep(0.2)
        os.write(terminal, keys.encode())
if time.time() >= end:
    os.kill(pid, 9)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.write(screen.replace("\r\n", "\n").replace("\x1b", "\\x1b"))
print(f"\nexit {status}" + "".join(f"\nnot asked: {text}" for text, _ in pairs))
