#!/usr/bin/env python3
"""Checks the manifests without a cluster: required fields, that everything fits together, and that the Role allows what
the proxy asks for and nothing else. `validate.py CONFIG` writes the configuration of the ConfigMap to a file, too."""
import re
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
# Who asks: Sources/Proxy/Discovery/Kubernetes/KubernetesSource.swift.
ASKED = {("discovery.k8s.io", "endpointslices", verb) for verb in ("get", "list", "watch")}
REQUIRED = {
    "ServiceAccount": ("v1", []), "ConfigMap": ("v1", ["data"]), "Service": ("v1", ["spec.selector", "spec.ports"]),
    "Role": ("rbac.authorization.k8s.io/v1", ["rules"]),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", ["roleRef.apiGroup", "roleRef.kind", "roleRef.name", "subjects"]),
    "Deployment": ("apps/v1", ["spec.selector.matchLabels", "spec.template.metadata.labels", "spec.template.spec.containers"]),
}
wrong = []


def expect(what, is_so):
    if not is_so:
        wrong.append(what)


def at(node, path):
    for name in path.split("."):
        node = (node or {}).get(name)
    return node


try:
    import yaml
except ImportError:
    sys.exit("SKIPPED: python3-yaml is not installed (apt-get install python3-yaml)")

found = {}
for file in ("proxy.yaml", "gateways.yaml"):
    for document in yaml.safe_load_all((here / file).read_text()):
        kind, name = document.get("kind"), at(document, "metadata.name")
        version, paths = REQUIRED.get(kind, (None, []))
        expect(f"{kind}: a kind that is expected", version is not None)
        expect(f"{kind} {name}: apiVersion {version}", document.get("apiVersion") == version)
        expect(f"{kind} {name}: a name", bool(re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name or "")))
        expect(f"{kind} {name}: no namespace of its own", "namespace" not in document["metadata"])
        for path in paths:
            expect(f"{kind} {name}: {path}", at(document, path))
        found[kind, name] = document

proxy = found["Deployment", "clawproxy"]
pod = at(proxy, "spec.template.spec")
container = pod["containers"][0]
role, binding = found["Role", "clawproxy-discovery"], found["RoleBinding", "clawproxy-discovery"]

# Who may what.
allowed = {
    (group, resource, verb) for rule in role["rules"] for group in rule["apiGroups"] for resource in rule["resources"]
    for verb in rule["verbs"]}
expect(f"the Role allows what is asked: {sorted(ASKED - allowed)} is missing", ASKED <= allowed)
expect(f"and nothing else: {sorted(allowed - ASKED)}", allowed <= ASKED)
expect("the RoleBinding names the Role", (binding["roleRef"]["kind"], binding["roleRef"]["name"]) == ("Role", role["metadata"]["name"]))
account = pod.get("serviceAccountName")
expect("and the service account of the pods", [(subject["kind"], subject["name"]) for subject in binding["subjects"]] == [("ServiceAccount", account)])
expect("which is there", ("ServiceAccount", account) in found)
expect("and whose token is mounted", pod.get("automountServiceAccountToken") is True)

# What fits together.
for (kind, name), document in found.items():
    if kind == "Deployment":
        labels, wanted = at(document, "spec.template.metadata.labels"), at(document, "spec.selector.matchLabels")
        expect(f"{kind} {name}: its selector fits its pods", wanted.items() <= labels.items())
    if kind == "Service":
        pods = [one for (kind, _), one in found.items() if kind == "Deployment"
                and document["spec"]["selector"].items() <= at(one, "spec.template.metadata.labels").items()]
        expect(f"{kind} {name}: its selector fits one Deployment", len(pods) == 1)
        names = {port["name"] for one in pods for port in at(one, "spec.template.spec.containers")[0]["ports"]}
        expect(f"{kind} {name}: its ports are ports of the pods", {port["targetPort"] for port in document["spec"]["ports"]} <= names)
expect("three proxies", proxy["spec"]["replicas"] == 3)
expect("the pods get the time of a drain", pod["terminationGracePeriodSeconds"] > 30)
expect("they are asked whether they are ready, and alive", {"readinessProbe", "livenessProbe"} <= set(container))
expect("they run without privileges", pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"])
mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
expect("every mount is a volume", set(mounts) == {volume["name"] for volume in pod["volumes"]})

configs = found["ConfigMap", "clawproxy"]["data"]
file = container["args"][container["args"].index("--config-file") + 1]
expect("the file that is read is the ConfigMap's", file == f"{mounts['config']}/{next(iter(configs))}")
gateway = yaml.safe_load(configs[Path(file).name])["gateway"]
source = gateway["agents"]["discovery"]["k8s"]
service = found.get(("Service", source["service"]))
expect("the proxy looks for a Service that is there", service is not None)
expect("at a port that it has", source["port"] in [port["name"] for port in service["spec"]["ports"]])
ports = {port["name"]: port["containerPort"] for port in container["ports"]}
expect("it listens where the Service leads", gateway["http"]["listen"].endswith(f":{ports['http']}"))
expect("and where it is probed", gateway["monitoring"]["listen"].endswith(f":{ports['metrics']}"))

if len(sys.argv) > 1:
    Path(sys.argv[1]).write_text(configs[Path(file).name])
for what in wrong:
    print(f"wrong: {what}", file=sys.stderr)
print("valid" if not wrong else f"{len(wrong)} wrong")
sys.exit(1 if wrong else 0)
