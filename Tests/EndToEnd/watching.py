"""What a proxy uses and tells of itself, from outside."""
import json
import os
from pathlib import Path

from raw import Client, get


def metric(proxy, name):
    """A metric's value, by its whole name with labels; the sum of all lines that begin with it."""
    with Client(proxy.admin_port) as connection:
        lines = connection.ask(get("/metrics", host="localhost")).body.decode().splitlines()
    found = [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name)]
    return sum(found) if found else None


def error(answer):
    return json.loads(answer.body)["error"]


def cpu_seconds(proxy):
    fields = Path(f"/proc/{proxy.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(proxy):
    """How many are open."""
    return len(os.listdir(f"/proc/{proxy.process.pid}/fd"))
