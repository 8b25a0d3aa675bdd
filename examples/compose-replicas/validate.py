#!/usr/bin/env python3
"""Checks compose.yaml without an engine: that it is what it says, and agrees with gateway.json."""
import re
import shutil
import subprocess
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
wrong = []


def expect(what, is_so):
    if not is_so:
        wrong.append(what)


try:
    import yaml
except ImportError:
    sys.exit("SKIPPED: python3-yaml is not installed (apt-get install python3-yaml)")

document = yaml.safe_load((here / "compose.yaml").read_text())
services = document["services"]
gateway = (here / "gateway.json").read_text()
dockerfile = (here / "../../Dockerfile").read_text()

expect("two services: proxy and gateways", set(services) == {"proxy", "gateways"})
for name, service in services.items():
    expect(f"{name}: three replicas", service["deploy"]["replicas"] == 3)
    expect(f"{name}: no name of its own, which two replicas could not share", "container_name" not in service)
    expect(f"{name}: a stage of the Dockerfile", f"AS {service['build']['target']}\n" in dockerfile)
    expect(f"{name}: the context is the repository", (here / service["build"]["context"] / "Package.swift").exists())
    check = service.get("healthcheck", {})
    expect(f"{name}: a health check with bounds", check.get("test", [""])[0] == "CMD" and {"interval", "timeout", "retries"} <= set(check))
    expect(f"{name}: no privileges", service["cap_drop"] == ["ALL"] and service["read_only"] is True)
    expect(f"{name}: a grace period above that of a drain", int(service["stop_grace_period"].rstrip("s")) >= 30)

found = re.search(r'name: "([^"]+)"', gateway).group(1)
expect("gateway.json looks up a service of the file", found in services)
variables = set(re.findall(r"\$\{([A-Z_]+)\}", gateway))
given = set(services["proxy"]["environment"])
expect(f"every variable is given, and none that nobody reads: {variables ^ given}", variables == given)
port = services["proxy"]["environment"]["LISTEN"].rsplit(":", 1)[1]
published = services["proxy"]["ports"][0]
low, high = re.search(r":(\d+)-(\d+):", published).groups()
expect("the port that is published is the one that is listened on", published.endswith(f":{port}"))
expect("a published port for each replica", int(high) - int(low) + 1 == 3)
stage = dockerfile.split("AS demo-agent\n")[1].split("FROM")[0]
expect("the gateways listen where the proxy looks", f"0.0.0.0:{services['proxy']['environment']['GATEWAY_PORT']}" in stage)
source, target, mode = services["proxy"]["volumes"][0].split(":")
expect("the configuration is mounted where it is read", (here / source).exists() and target == "/etc/openclaw/gateway.json" and mode == "ro")

if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0:
    done = subprocess.run(["docker", "compose", "-f", here / "compose.yaml", "config", "-q"], capture_output=True, text=True)
    expect(f"docker compose config: {done.stderr.strip()}", done.returncode == 0)

for what in wrong:
    print(f"wrong: {what}", file=sys.stderr)
print("valid" if not wrong else f"{len(wrong)} wrong")
sys.exit(1 if wrong else 0)
