"""Attacks that a rung must withstand before it may run anything: each prints HELD, or BROKEN when it got through.

They are ordinary programs for the jail's stdin/stdout role. `{secret}`, `{folder}`, `{port}`, `{name}` and `{pid}`
name real things outside: a file, its folder, a listening TCP port, an abstract socket, the caller's process.
"""

_TRY = """
import os, socket, sys, ctypes, subprocess, time
def attempt():
{body}
try:
    broken = attempt()
except (OSError, MemoryError, ValueError, AttributeError, subprocess.SubprocessError):
    broken = False
print("BROKEN" if broken else "HELD")
"""

_BODIES = {
    "tcp": 's = socket.socket(); s.connect(("127.0.0.1", {port})); return True',
    "abstract socket": 's = socket.socket(socket.AF_UNIX); s.connect("\\0{name}"); return True',
    "environment": 'return any("TOKEN" in k or "SECRET" in k or v == "{name}" for k, v in os.environ.items())',
    "environment of the caller": 'return bool(open("/proc/{pid}/environ", "rb").read())',
    "environment of pid 1": 'return bool(open("/proc/1/environ", "rb").read())',
    "environment of the parent": 'return bool(open(f"/proc/{{os.getppid()}}/environ", "rb").read())',
    "read a secret": 'return bool(open("{secret}").read())',
    "list its folder": 'return bool(os.listdir("{folder}"))',
    "write outside": 'open("{folder}/planted", "w").write("x"); return True',
    "link to a secret": 'os.symlink("{secret}", "link"); return bool(open("link").read())',
    "shell": 'return os.system("true") == 0 or subprocess.run(["/bin/true"]).returncode == 0',
    "exec": 'os.execv("/bin/sh", ["sh", "-c", "echo BROKEN"])',
    "50 forks": "return [os.fork() or os._exit(0) for _ in range(50)] != []",
    "daemon": "pid = os.fork(); pid or (os.setsid(), time.sleep(60)); return True",
    "signal the caller": "os.kill({pid}, 0); return True",
    "signal the parent": "os.kill(os.getppid(), 0); return True",
    "signal everyone": "os.kill(-1, 0); return True",
    "user namespace": "return ctypes.CDLL(None).unshare(0x10000000) == 0",
    "trace the parent": "return ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0",
    "3 GB of memory": "return len(bytearray(3 << 30)) > 0",
    "3 GB behind the limit's back": 'fd = os.memfd_create("x"); [os.write(fd, bytes(1 << 20)) for _ in range(3000)]; return True',
    "200 MB of disk": 'return sum(open(f"file{{i}}", "wb").write(bytes(8 << 20)) for i in range(25)) >= 200 << 20',
    "raise the limits": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); return True",
    "inherited descriptors": "return any(_is_open(fd) for fd in range(3, 256))",
}
_IS_OPEN = """
def _is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    # The one descriptor that a program has is the write end of its own report.
    return not _is_write_end(fd)
def _is_write_end(fd):
    import fcntl, stat
    return stat.S_ISFIFO(os.fstat(fd).st_mode) and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
"""


def programs(*, secret: str, folder: str, port: int, name: str, pid: int) -> dict[str, str]:
    """The attacks as programs, by name, aimed at these targets."""
    found = {}
    for title, body in _BODIES.items():
        aimed = body.format(secret=secret, folder=folder, port=port, name=name, pid=pid)
        found[title] = _IS_OPEN + _TRY.format(body="    " + aimed)
    return found
