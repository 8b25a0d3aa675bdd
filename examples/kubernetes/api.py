#!/usr/bin/env python3
"""An API server with two endpoint slices, for run.sh: `api.py FOLDER PORT`. A file `terminate` in the folder lets a pod
terminate, a file `forbid` takes every permission away."""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests/EndToEnd"))
from api_server import APIServer, endpoint  # noqa: E402
from certificates import Authority  # noqa: E402

folder, port = Path(sys.argv[1]), int(sys.argv[2])
authority = Authority(folder / "pki")
(folder / "ca.pem").write_bytes(authority.file.read_bytes())
(folder / "token").write_text("t0ken")
api = APIServer(*authority.issue(), namespace="default")
api.put("gateways-a", [endpoint("127.0.0.2", "gateways-0", zone="zone-a")], port=port)
api.put("gateways-b", [endpoint("127.0.0.3", "gateways-1", zone="zone-b")], port=port)
print(api.url, flush=True)
done = set()
while True:
    time.sleep(0.1)
    if "terminate" not in done and (folder / "terminate").exists():
        done.add("terminate")
        api.put("gateways-b", [endpoint("127.0.0.3", "gateways-1", ready=False, serving=True, terminating=True)], port=port)
    if "forbid" not in done and (folder / "forbid").exists():
        done.add("forbid")
        api.forbid("list", "watch")
        api.drop()
