# Runs AWS's command line for the tests: its program is loaded once, and each call is a process that is forked from there with words and an
# environment of its own. To load it takes three times as long as all else that a call does. A connection of a Unix socket is one call;
# once standard input ends, so does this.

import json
import os
import select
import signal
import socket
import sys
import tempfile

import awscli.clidriver


def run(request, out, err):
    """Does what /usr/bin/aws does, and ends the process."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    # Where its own data lies the program has put there when it was loaded.
    kept = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
    os.environ.clear()
    os.environ.update(request["environment"] | kept)
    sys.argv = ["aws", *request["words"]]
    status = 1
    try:
        status = awscli.clidriver.main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def serve(connection):
    """Reads a call, has it run, and sends how it ended and what it printed."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection.makefile("rb") as lines:
        request = json.loads(lines.readline())
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            run(request, out.fileno(), err.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        printed = []
        for file in (out, err):
            file.seek(0)
            printed.append(file.read().decode())
    answer = {"status": status, "stdout": printed[0], "stderr": printed[1]}
    connection.sendall(json.dumps(answer).encode())


signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(64)
print("listening", flush=True)
while sys.stdin not in select.select([sys.stdin, listener], [], [])[0]:
    connection = listener.accept()[0]
    if os.fork() == 0:
        listener.close()
        serve(connection)
        os._exit(0)
    connection.close()
