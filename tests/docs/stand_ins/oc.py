"""Stands for OpenShift's `oc`: takes the commands that the documentation uses, and keeps what they made.

Simulated: the cluster, which is the file `OC_STATE` (JSON, objects by "kind/name"). Manifests are read as
`oc` reads them, with a kustomization's resources, patches and generated configurations. A deployment comes up
once the secrets and configurations that it needs are there.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import yaml

SHORT = {"bc": "buildconfig", "pods": "pod"}


class Refused(SystemExit):
    """Why the cluster refuses, with the exit code of `oc`."""

    def __init__(self, why: str) -> None:
        print(f"error: {why}", file=sys.stderr)
        super().__init__(1)


def key_of(document: dict) -> str:
    return f"{document['kind'].lower()}/{document['metadata']['name']}"


def documents(path: Path) -> list[dict]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def rendered(folder: Path) -> dict[str, dict]:
    """The objects of a kustomization, by kind and name."""
    (kustomization,) = documents(folder / "kustomization.yaml")
    if unknown := set(kustomization) - {
        "apiVersion",
        "kind",
        "resources",
        "patches",
        "configMapGenerator",
        "generatorOptions",
    }:
        raise Refused(f"{folder}: unknown in a kustomization: {', '.join(sorted(unknown))}")
    found: dict[str, dict] = {}
    for name in kustomization["resources"]:
        path = folder / name
        more = rendered(path) if path.is_dir() else {key_of(one): one for one in documents(path)}
        if twice := set(found) & set(more):
            raise Refused(f"{path}: twice: {', '.join(sorted(twice))}")
        found |= more
    for patch in kustomization.get("patches", ()):
        for change in documents(folder / patch["path"]):
            if key_of(change) not in found:
                raise Refused(f"{patch['path']}: there is no {key_of(change)} to change")
            if change.get("$patch") == "delete":
                del found[key_of(change)]
            else:
                found[key_of(change)] = merged(found[key_of(change)], change)
    for one in kustomization.get("configMapGenerator", ()):
        data = {Path(name).name: (folder / name).read_text(encoding="utf-8") for name in one["files"]}
        made = {"kind": "ConfigMap", "metadata": {"name": one["name"]}, "data": data}
        if one.get("behavior") == "merge":
            made["data"] = found[key_of(made)]["data"] | made["data"]
        found[key_of(made)] = made
    return found


def merged(old: object, new: object) -> object:
    """A strategic merge: mappings key by key, lists of named things by their name."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {name: merged(old.get(name), value) for name, value in new.items()}
    if isinstance(old, list) and isinstance(new, list) and all("name" in one for one in [*old, *new]):
        by_name = {one["name"]: one for one in old}
        return list((by_name | {one["name"]: merged(by_name.get(one["name"]), one) for one in new}).values())
    return new


def parts(document: object) -> list[dict]:
    """All mappings in a document."""
    if isinstance(document, list):
        return [found for one in document for found in parts(one)]
    if isinstance(document, dict):
        return [document, *(found for one in document.values() for found in parts(one))]
    return []


def missing(deployment: dict, state: dict[str, dict]) -> list[str]:
    """Secrets and configurations that a deployment names, and that are not there."""
    wanted = []
    for one in parts(deployment):
        if isinstance(reference := one.get("secretKeyRef"), dict) and not reference.get("optional"):
            known = state.get(f"secret/{reference['name']}", {}).get("data", {})
            wanted += [] if reference["key"] in known else [f"secret/{reference['name']}: {reference['key']}"]
        if isinstance(volume := one.get("configMap"), dict):
            key = f"configmap/{volume['name']}"
            wanted += [] if key in state else [key]
    return wanted


def run(options: argparse.Namespace, state: dict[str, dict]) -> None:
    """Do what a command says to the objects of a cluster."""
    if options.command == "create":
        pairs = dict(text.split("=", 1) for text in options.from_literal)
        if not pairs or not all(pairs.values()):
            raise Refused("create secret: a literal is KEY=VALUE")
        made = {"kind": "Secret", "metadata": {"name": options.name}, "data": pairs}
        if key_of(made) in state:
            raise Refused(f"{key_of(made)} already exists")
        state[key_of(made)] = made
    elif options.command == "apply":
        folder = Path(options.k)
        state |= rendered(folder)
    else:
        kind, _, name = options.what.partition("/")
        if options.command == "start-build":
            kind, name = "buildconfig", kind
        elif options.command == "delete":
            name = options.name
        key = f"{SHORT.get(kind, kind)}/{name}"
        if options.command == "get":  # a list may be empty
            return
        if key not in state:
            raise Refused(f"{key} not found; there are {', '.join(sorted(state))}")
        if options.command == "delete":
            del state[key]
        if options.command == "rollout" and (absent := missing(state[key], state)):
            raise Refused(f"{key} does not come up without {', '.join(absent)}")


def parser() -> argparse.ArgumentParser:
    """Commands and options of `oc` that the documentation uses."""
    made = argparse.ArgumentParser("oc", allow_abbrev=False)
    commands = made.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create")
    create.add_argument("secret", choices=["secret"])
    create.add_argument("generic", choices=["generic"])
    create.add_argument("name")
    create.add_argument("--from-literal", action="append", default=[], metavar="KEY=VALUE")
    commands.add_parser("apply").add_argument("-k", required=True, metavar="FOLDER")
    logs = commands.add_parser("logs")
    logs.add_argument("what", metavar="KIND/NAME")
    logs.add_argument("--follow", "-f", action="store_true")
    rollout = commands.add_parser("rollout")
    rollout.add_argument("status", choices=["status"])
    rollout.add_argument("what", metavar="KIND/NAME")
    commands.add_parser("start-build").add_argument("what", metavar="NAME")
    get = commands.add_parser("get")
    get.add_argument("what", metavar="KIND")
    get.add_argument("--show-labels", action="store_true")
    delete = commands.add_parser("delete")
    delete.add_argument("what", metavar="KIND")
    delete.add_argument("name")
    return made


def main() -> None:
    """Do one command, and keep what it made."""
    kept = Path(os.environ["OC_STATE"])
    state = json.loads(kept.read_text()) if kept.exists() else {}
    run(parser().parse_args(), state)
    kept.write_text(json.dumps(state))


if __name__ == "__main__":
    main()
