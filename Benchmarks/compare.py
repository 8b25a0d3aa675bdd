#!/usr/bin/env python3
"""Measures the proxy beside its peers and renews what the README shows of it.

Runs the scenarios of peers.py (in the folder `shared` beside this repository, or CLAWPROXY_SHARED), writes
Benchmarks/results/latest.json, draws docs/benchmark.svg and replaces the table in README.md. A scenario that fails
leaves all three as they were. Runs of five rounds differ by three percent or more from one to the next, so there are eleven.

usage: compare.py [--rounds 11] [--secs 3] [--patience 120] [--binary PROGRAM] [--render]

--render only draws latest.json again.
"""
import argparse, datetime, html, json, os, pathlib, platform, re, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "Benchmarks" / "results" / "latest.json"
PICTURE = ROOT / "docs" / "benchmark.svg"
README = ROOT / "README.md"
BEGIN, END = "<!-- benchmark:begin -->", "<!-- benchmark:end -->"
SCENARIOS = ["forward", "large", "cachehit", "rules", "rules-regex", "idle"]
# The share of the processors that others may use when a scenario begins.
MOST_NOISE = 0.05
# A scenario takes some minutes; one that hangs must not hang the rest.
SECONDS_A_SCENARIO = 600
NAMES = {"clawproxy": "ClawProxy", "nginx": "nginx", "haproxy": "HAProxy", "varnish": "Varnish", "envoy": "Envoy"}


def version(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else None


def cpu_model():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def commit():
    text = version("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12")
    return text if text and not text.startswith("fatal") else None


def busy():
    """The share of the processors that others use just now, 0...1: what a build beside a measurement does to it."""
    def ticks():
        numbers = [int(text) for text in open("/proc/stat").readline().split()[1:9]]
        return sum(numbers), numbers[3] + numbers[4]
    total, idle = ticks()
    time.sleep(1)
    total, idle = ticks()[0] - total, ticks()[1] - idle
    return 1 - idle / max(total, 1)


def quiet(patience):
    """Waits until the processors have been left alone for five seconds, at most `patience` seconds; what is used then."""
    deadline = time.monotonic() + patience
    calm = 0
    while True:
        share = busy()
        calm = calm + 1 if share <= MOST_NOISE else 0
        if calm == 5 or time.monotonic() >= deadline:
            return round(share, 3)


def run(given):
    shared = pathlib.Path(os.environ.get("CLAWPROXY_SHARED") or ROOT.parent / "shared")
    referee = shared / "bench" / "peers.py"
    if not referee.is_file():
        sys.exit(f"{referee}: not found: put the folder shared beside this repository, or set CLAWPROXY_SHARED")
    if not os.access(given.binary, os.X_OK):
        sys.exit(f"{given.binary}: not built: run 'swift build -c release --product clawproxy'")
    scenarios, noise = {}, {}
    for scenario in SCENARIOS:
        noise[scenario] = quiet(given.patience)
        if noise[scenario] > MOST_NOISE:
            sys.exit(f"{scenario}: others use {noise[scenario]:.0%} of the processors; measure on a quiet machine")
        print(f"{scenario}...", flush=True)
        command = [sys.executable, str(referee), scenario, "--binary", str(given.binary), "--json",
                   "--rounds", str(given.rounds), "--secs", str(given.secs)]
        # An orderly end lets the referee stop what it started.
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            out, problems = process.communicate(timeout=SECONDS_A_SCENARIO)
        except subprocess.TimeoutExpired:
            process.send_signal(2)
            process.communicate(timeout=30)
            sys.exit(f"{scenario}: took longer than {SECONDS_A_SCENARIO} s")
        if process.returncode != 0:
            sys.exit(f"{scenario}: {(problems or out).strip()[-2000:]}")
        scenarios[scenario] = json.loads(out.strip().splitlines()[-1])
        print(f"  {json.dumps(scenarios[scenario])}", flush=True)
    return {
        "measured": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(), "rounds": given.rounds, "seconds": given.secs,
        "machine": {"cpu": cpu_model(), "cores": os.cpu_count(), "kernel": platform.release()},
        "versions": {"clawproxy": version(given.binary, "--version"), "nginx": version("nginx", "-v"),
                     "haproxy": version("haproxy", "-v")},
        "busy": noise, "scenarios": scenarios,
    }


def caches(scenarios):
    """The row of `cachehit`, by the proxies' own names; empty where it was not measured."""
    return {name.removesuffix("-cache"): found for name, found in scenarios.get("cachehit", {}).items()}


def table(results):
    """The Markdown table: a row a scenario, no figure that was not measured."""
    scenarios = results["scenarios"]
    peers = [name for name in ("clawproxy", "nginx", "haproxy", "envoy") if name in scenarios["forward"]]
    lines = ["| | " + " | ".join(NAMES[name] for name in peers) + " | ClawProxy beside the others |",
             "| --- |" + " ---: |" * len(peers) + " --- |"]
    for scenario, title in (("forward", "CPU of a proxied 1 KB answer"), ("large", "CPU of a proxied 256 KB answer")):
        row = scenarios[scenario]
        cells = [f"{row[name]['cpu_us']:.1f} µs" if name in row else "" for name in peers]
        ratios = [f"{row[name]['clawproxy_ratio']:.2f} x {NAMES[name]}" for name in peers if name != "clawproxy"]
        lines.append(f"| {title} | " + " | ".join(cells) + f" | {', '.join(ratios)} |")
    if row := caches(scenarios):
        cells = [f"{row[name]['cpu_us']:.1f} µs" if name in row else "" for name in peers]
        ratios = [f"{row[name]['clawproxy_ratio']:.2f} x {NAMES[name]}" for name in row if name != "clawproxy"]
        lines.append("| CPU of 1 KB from the cache | " + " | ".join(cells) + f" | {', '.join(ratios)} |")
    row = scenarios["idle"]
    cells = [f"{row[name]:.1f} KB" if name in row else "" for name in peers]
    lines.append("| memory of an idle connection | " + " | ".join(cells) + " | |")
    for scenario, title in (("rules", "CPU with 10,000 rules, a prefix matches"),
                            ("rules-regex", "CPU with 10,000 rules, a regex matches")):
        row = scenarios[scenario]
        cells = [f"{row['clawproxy']['cpu_us']:.1f} µs"] + [""] * (len(peers) - 1)
        lines.append(f"| {title} | " + " | ".join(cells) + f" | {row['ten-rules']['clawproxy_ratio']:.2f} x ten rules |")
    machine = results["machine"]
    found = {name: re.search(r"\d+(\.\d+)+", results["versions"].get(name) or "") for name in ("nginx", "haproxy")}
    versions = ", ".join(f"{NAMES[name]} {number[0]}" for name, number in found.items() if number)
    lines += ["", f"One worker each on one core, peers in turn, median of {results['rounds']} rounds of {results['seconds']} s; "
              f"{results['measured']}, {results['commit'] or 'no commit'}, {machine['cpu']}, {machine['cores']} cores, "
              f"Linux {machine['kernel']}; {versions}. `make bench` measures again."]
    return "\n".join(lines)


# The picture. Colours come from the style, so that it suits a light and a dark page.
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 } .small { font-size: 11px; fill: #57606a }
.bar { fill: #afb8c1 } .ours { fill: #d1561b }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #8d96a0 } .bar { fill: #484f58 } .ours { fill: #f0883e }
}"""
WIDTH, LEFT, BAR, STEP = 680, 110, 16, 22


def picture(results):
    scenarios = results["scenarios"]
    groups = [
        ("CPU of a proxied 1 KB answer, µs", {k: v["cpu_us"] for k, v in scenarios["forward"].items()}),
        ("CPU of a proxied 256 KB answer, µs", {k: v["cpu_us"] for k, v in scenarios["large"].items()}),
        *([("CPU of 1 KB from the cache, µs", {name: found["cpu_us"] for name, found in caches(scenarios).items()})]
          if "cachehit" in scenarios else []),
        ("memory of an idle connection, KB", scenarios["idle"]),
        ("CPU of ClawProxy by number of rules, µs", {
            "10 rules": scenarios["rules"]["ten-rules"]["cpu_us"],
            "10,000, prefix": scenarios["rules"]["clawproxy"]["cpu_us"],
            "10,000, regex": scenarios["rules-regex"]["clawproxy"]["cpu_us"]}),
    ]
    parts, y = [], 24
    for title, values in groups:
        parts.append(f'<text class="title" x="10" y="{y}">{html.escape(title)}</text>')
        y += 12
        most = max(values.values()) or 1
        ordered = sorted(values.items(), key=lambda item: item[0] != "clawproxy") if "clawproxy" in values else values.items()
        for name, value in ordered:
            width = max(1, round(value / most * (WIDTH - LEFT - 80)))
            ours = name == "clawproxy" or name not in NAMES
            parts.append(f'<text x="10" y="{y + 13}">{html.escape(NAMES.get(name, name))}</text>')
            parts.append(f'<rect class="{"ours" if ours else "bar"}" x="{LEFT}" y="{y}" width="{width}" height="{BAR}" rx="2"/>')
            parts.append(f'<text x="{LEFT + width + 6}" y="{y + 13}">{value:.1f}</text>')
            y += STEP
        y += 22
    caption = f"Shorter is better. One worker on one core; {results['measured']}."
    parts.append(f'<text class="small" x="10" y="{y}">{html.escape(caption)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 14}" viewBox="0 0 {WIDTH} {y + 14}" '
            f'role="img" aria-label="ClawProxy beside its peers">\n<style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n")


def render(results):
    text = README.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"README.md: expected one block from {BEGIN} to {END}")
    head, rest = text.split(BEGIN)
    block = f"{BEGIN}\n![ClawProxy beside its peers](docs/benchmark.svg)\n\n{table(results)}\n{END}"
    drawing = picture(results)
    README.write_text(head + block + rest.split(END)[1])
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawing)
    print(table(results))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--secs", type=int, default=3)
    parser.add_argument("--patience", type=int, default=120, help="seconds to wait for a quiet machine")
    parser.add_argument("--binary", default=os.environ.get("CLAWPROXY") or ROOT / ".build" / "release" / "clawproxy")
    parser.add_argument("--render", action="store_true")
    given = parser.parse_args()
    if given.render:
        results = json.loads(RESULTS.read_text())
    else:
        results = run(given)
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    render(results)


main()
