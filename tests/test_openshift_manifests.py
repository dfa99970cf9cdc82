"""The manifests for OpenShift: they are well formed, agree with each other, and with the program."""

import re
import warnings
from dataclasses import fields
from pathlib import Path, PurePosixPath

import pytest
import yaml

from bye_splits.config import load_config
from bye_splits.dashboard.gate.gate import _MACHINES
from bye_splits.dashboard.gate.handlers import Alive, Ready
from bye_splits.dashboard.gate.oidc import COOKIE_SECRET, SECRET, Oidc
from bye_splits.dashboard.gate.policy import Policy, variable

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy/openshift"
VARIANTS = ("base", "eos", "oidc", "sso")
KINDS = {
    "Deployment": "apps/v1",
    "Service": "v1",
    "Route": "route.openshift.io/v1",
    "ImageStream": "image.openshift.io/v1",
    "BuildConfig": "build.openshift.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
}


def documents(path: Path) -> list[dict]:
    return list(yaml.safe_load_all(path.read_text()))


def one(kind: str, variant: str = "base") -> dict:
    found = [
        document
        for path in sorted((FOLDER / variant).glob("*.yaml"))
        for document in documents(path)
        if document.get("kind") == kind
    ]
    assert len(found) == 1
    return found[0]


def pod() -> dict:
    return one("Deployment")["spec"]["template"]["spec"]


def container() -> dict:
    (found,) = pod()["containers"]
    return found


def variables() -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container()["env"]}


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_file_is_named_by_its_kustomization_and_is_of_a_known_kind(variant):
    folder = FOLDER / variant
    kustomization = one("Kustomization", variant)
    files = [name for name in kustomization["resources"] if name != "../base"]
    files += [patch["path"] for patch in kustomization.get("patches", ())]
    maps = [name for each in kustomization.get("configMapGenerator", ()) for name in each["files"]]
    assert {*files, *maps, "kustomization.yaml"} == {path.name for path in folder.iterdir()}
    for name in [*files, "kustomization.yaml"]:
        for document in documents(folder / name):
            assert document["apiVersion"] == KINDS[document["kind"]]
    assert ("../base" in kustomization["resources"]) == (variant != "base")


@pytest.mark.parametrize("variant", VARIANTS[1:])
def test_a_patch_is_of_something_that_the_base_has(variant):
    for patch in one("Kustomization", variant)["patches"]:
        (changed,) = documents(FOLDER / variant / patch["path"])
        changes = one(changed["kind"])
        assert changed["metadata"]["name"] == changes["metadata"]["name"]
        for each in changed.get("spec", {}).get("template", {}).get("spec", {}).get("containers", ()):
            assert each["name"] == container()["name"]


def test_ports_agree_with_each_other_and_with_the_start_script():
    (port,) = container()["ports"]
    (default,) = re.findall(r"\$\{PORT:-(\d+)\}", (ROOT / "app.sh").read_text())
    assert port["containerPort"] == int(default)
    (served,) = one("Service")["spec"]["ports"]
    assert served["targetPort"] == port["name"]
    route = one("Route")["spec"]
    assert route["port"]["targetPort"] == served["name"]
    assert route["to"] == {"kind": "Service", "name": one("Service")["metadata"]["name"]}
    probes = [
        container()[name]["httpGet"]["port"] for name in ("startupProbe", "readinessProbe", "livenessProbe")
    ]
    assert set(probes) == {port["name"]}


def test_probes_ask_what_a_server_answers_and_wait_as_long_as_a_busy_one_takes():
    wanted = {"startupProbe": Alive, "readinessProbe": Ready, "livenessProbe": Alive}
    for name, handler in wanted.items():
        assert _MACHINES[container()[name]["httpGet"]["path"]][0] is handler
    for name in ("readinessProbe", "livenessProbe"):
        assert container()[name]["timeoutSeconds"] >= 15
    startup = container()["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 60


def test_selectors_agree():
    deployment = one("Deployment")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels
    assert one("Service")["spec"]["selector"] == labels
    assert one("NetworkPolicy", "sso")["spec"]["podSelector"]["matchLabels"] == labels


def test_variables_are_known_to_the_program():
    names = set(variables())
    for variant in ("oidc", "sso"):
        (patch,) = one("Deployment", variant)["spec"]["template"]["spec"]["containers"]
        names |= {each["name"] for each in patch["env"]}
    page = (ROOT / "docs/reference/environment.md").read_text()
    known = {variable(field.name) for field in fields(Policy)} | set(re.findall(r"`([A-Z_]{4,})`", page))
    assert names - known == {"TMPDIR"}


def test_the_origin_is_the_host_of_the_route():
    assert variables()["BYE_SPLITS_ORIGIN"] == one("Route")["spec"]["host"]


def test_the_start_script_is_where_s2i_puts_it():
    (command,) = container()["command"]
    path = ROOT / PurePosixPath(command).relative_to("/opt/app-root/src")
    assert path.stat().st_mode & 0o111 == 0o111


def test_what_is_written_goes_to_a_volume():
    assert container()["securityContext"]["readOnlyRootFilesystem"]
    mounts = {each["name"]: each["mountPath"] for each in container()["volumeMounts"]}
    volumes = {each["name"]: each for each in pod()["volumes"]}
    assert set(mounts) == set(volumes)
    assert "emptyDir" in volumes["scratch"]
    assert variables()["TMPDIR"] == mounts["scratch"]
    assert variables()["BYE_SPLITS_TAGS"].startswith(f"{mounts['scratch']}/")
    assert variables()["BYE_SPLITS_CONFIG"] == f"{mounts['config']}/config.yaml"
    # EOS's annotation mounts a volume of its own there.
    assert "/tmp" not in mounts.values()
    (generated,) = one("Kustomization")["configMapGenerator"]
    assert generated["name"] == volumes["config"]["configMap"]["name"]


@pytest.mark.parametrize(("variant", "samples"), [("base", []), ("eos", [("photons", "0")])])
def test_configurations_load_without_a_warning(variant, samples):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        config = load_config(FOLDER / variant / "config.yaml")
    assert list(config.samples) == samples


def test_the_provider_s_file_is_one_that_the_program_takes(monkeypatch):
    for name in (SECRET, COOKIE_SECRET):
        monkeypatch.setenv(name, "0123456789" * 4)
    (patch,) = one("Deployment", "oidc")["spec"]["template"]["spec"]["containers"]
    (file,) = (each["value"] for each in patch["env"] if "value" in each)
    made = Oidc.read(str(FOLDER / "oidc" / PurePosixPath(file).name))
    assert made.redirect == f"https://{variables()['BYE_SPLITS_ORIGIN']}/login"


def test_every_line_to_change_is_in_the_instructions():
    """Each `# change:` of a manifest, by its file and by what is to be changed."""
    text = (ROOT / "docs/howto/openshift.md").read_text()
    marked = {
        f"{path.parent.name}/{path.name}"
        for path in FOLDER.glob("*/*.yaml")
        if "# change:" in path.read_text()
    }
    assert len(marked) >= 6
    assert {name for name in marked if f"`{name}`" not in text} == set()
