"""The commands for OpenShift, run as they are written; `oc` and its cluster are simulated.

See stand_ins/oc.py for what that is.
"""

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml
from doc_pages import DOCS, PAGES, ROOT, blocks
from stand_ins import oc
from stand_ins.paths import on_path

PAGE = DOCS / "howto" / "openshift.md"
IN_TEXT = re.compile(r"`(oc [^`]+)`")
VARIANTS = sorted(path.name for path in (ROOT / "deploy" / "openshift").iterdir())


def has_oc(block):
    return block.language == "bash" and any(words[0] == "oc" for words in block.commands())


@pytest.fixture
def cluster(tmp_path):
    """Function that lets a shell run lines at an empty cluster: text -> its objects then."""
    state = tmp_path / "cluster.json"
    environment = os.environ | on_path(tmp_path, "oc") | {"OC_STATE": str(state)}

    def run(text):
        done = subprocess.run(
            ["bash", "-ec", text], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stderr}"
        return json.loads(state.read_text())

    return run


def test_the_steps_one_after_the_other(cluster):
    """Secrets, all objects, and a deployment that has what it names; then what the text names besides."""
    for block in filter(has_oc, blocks(PAGE)):
        state = cluster(block.text)
    assert len(state["secret/bye-splits"]["data"]["key"]) == 64
    assert {"deployment/bye-splits", "service/bye-splits", "route/bye-splits"} <= set(state)
    named = [one["secretKeyRef"] for one in oc.parts(state["deployment/bye-splits"]) if "secretKeyRef" in one]
    assert len(named) == 3
    for one in named:  # also where that it is optional would hide a wrong name
        assert one["key"] in state[f"secret/{one['name']}"]["data"]
    in_text = [" ".join(line.split()) for line in IN_TEXT.findall(PAGE.read_text("utf-8"))]
    in_text = [line for line in in_text if line != "oc apply -k"]  # the name of what was done above
    assert {"oc apply -k deploy/openshift/eos", "oc apply -k deploy/openshift/sso"} <= set(in_text)
    for line in in_text:
        state = cluster(line)
        if "apply" in line:
            cluster("oc rollout status deployment/bye-splits")
    assert "networkpolicy/bye-splits" in state
    assert "route/bye-splits" not in state


def test_the_other_pages(cluster):
    others = [block for page in PAGES if page != PAGE for block in blocks(page) if has_oc(block)]
    assert others
    for block in others:
        assert "deployment/bye-splits" in cluster(block.text)


def test_what_is_not_there_is_refused(cluster):
    """The stand-in refuses what a cluster would."""
    cluster("oc apply -k deploy/openshift/base")
    for line, why in (
        ("oc create secret generic bye-splits --from-literal=key=", "KEY=VALUE"),
        ("oc logs deployment/other", "not found"),
        ("oc apply -k deploy/openshift/none", "No such file"),
        ("oc apply --file deploy/openshift/base", "required: -k"),
    ):
        with pytest.raises(AssertionError, match=why):
            cluster(line)


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl, whose kustomize this is compared with")
@pytest.mark.parametrize("variant", VARIANTS)
def test_kustomizations_are_read_as_kubectl_reads_them(variant):
    folder = ROOT / "deploy" / "openshift" / variant
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    real = {oc.key_of(one): one for one in yaml.safe_load_all(done.stdout)}
    ours = oc.rendered(folder)
    assert set(ours) == {re.sub(r"^(configmap/.*)-[a-z0-9]{10}$", r"\1", key) for key in real}
    (theirs,) = real["deployment/bye-splits"]["spec"]["template"]["spec"]["containers"]
    (container,) = ours["deployment/bye-splits"]["spec"]["template"]["spec"]["containers"]

    def names(of):
        return {one["name"] for one in of["env"]}

    assert names(container) == names(theirs)
