"""The layers hold, the core works without Streamlit, and no file does what the code rules forbid."""

import ast
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WITHOUT_TORCH = ("data", "export", "figures", "models.codec", "models.mean", "models.pca", "models.spec")

# Runs in a fresh interpreter: imports each module with one package made unimportable, prints what failed as JSON.
IMPORT_WITHOUT = """
import importlib, json, sys, traceback
blocked, *modules = sys.argv[1:]
sys.modules[blocked] = None
failures = {}
for module in modules:
    try:
        importlib.import_module(module)
    except BaseException as error:
        failures[module] = traceback.format_exception_only(error)[-1].strip()
sys.stdout.write("\\n" + json.dumps(failures))
"""

PICKLES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
FORBIDDEN_NAMES = {
    "torch.load": "unpickles; use safetensors",
    "numpy.random.seed": "seeds every session at once",
    "numpy.random.set_state": "seeds every session at once",
    "random.seed": "seeds every session at once",
    "torch.manual_seed": "seeds every session at once",
    "torch.random.manual_seed": "seeds every session at once",
    "torch.seed": "seeds every session at once",
    "torch.set_rng_state": "seeds every session at once",
    "torch.cuda.manual_seed": "seeds every session at once",
    "torch.cuda.manual_seed_all": "seeds every session at once",
    "plotly.express": "slow; use plotly.graph_objects",
}
FORBIDDEN_METHODS = {"read_pickle", "to_pickle"}


def modules_below(folder: Path, name: str) -> list[str]:
    """Every module of the package in `folder`, the package itself first, without importing any."""
    found = [name]
    for module in pkgutil.iter_modules([str(folder)]):
        inner = f"{name}.{module.name}"
        found += modules_below(folder / module.name, inner) if module.ispkg else [inner]
    return found


def is_below(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def core_modules() -> list[str]:
    return [m for m in modules_below(ROOT / "playground", "playground") if not is_below(m, "playground.ui")]


def import_failures(modules: list[str], without: str, folder: Path = ROOT) -> dict[str, str]:
    """What goes wrong when a fresh interpreter in `folder` imports the modules while `without` cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_WITHOUT, without, *modules],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def broken_contracts(folder: Path) -> str:
    """The report of import-linter on the package in `folder` when a contract is broken, else nothing."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


class Offences(ast.NodeVisitor):
    """Collects what a source file does against the rules, as "line: what" sentences, names resolved through imports."""

    def __init__(self):
        self.found = []
        self.names = {}

    def report(self, node, what):
        self.found.append(f"{node.lineno}: {what}")

    def check_name(self, node, name):
        if name.split(".")[0] in PICKLES:
            self.report(node, f"{name} (unpickling runs code)")
        for forbidden, reason in FORBIDDEN_NAMES.items():
            if is_below(name, forbidden):
                self.report(node, f"{name} ({reason})")

    def visit_Import(self, node):
        for alias in node.names:
            root = alias.name.split(".")[0]  # `import a.b` binds a, `import a.b as c` binds c to a.b
            self.names[alias.asname or root] = alias.name if alias.asname else root
            self.check_name(node, alias.name)

    def visit_ImportFrom(self, node):
        if node.level:  # a relative import stays inside the package
            return
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            self.names[alias.asname or alias.name] = name
            self.check_name(node, name)

    def visit_Attribute(self, node):
        name = self.dotted(node)
        if name:
            self.check_name(node, name)
        if node.attr in FORBIDDEN_METHODS:
            self.report(node, f"{node.attr} (unpickling runs code)")
        self.generic_visit(node)

    def visit_Call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}:
            self.report(node, node.func.id)
        for keyword in node.keywords:
            off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            if keyword.arg == "allow_pickle" and not off:
                self.report(node, "allow_pickle")
        self.generic_visit(node)

    def visit_Assert(self, node):
        self.report(node, "assert (python -O removes it; raise an error of playground.errors)")
        self.generic_visit(node)

    def dotted(self, node):
        """The full name behind `a.b.c`, through the imports, or None where it is not a module's attribute."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return f"{base}.{node.attr}" if base else None
        return None


def offences(source: str) -> list[str]:
    visitor = Offences()
    visitor.visit(ast.parse(source))
    return visitor.found


def sources() -> list[Path]:
    return sorted([*(ROOT / "playground").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), *ROOT.glob("*.py")])


def test_the_title_of_a_page_of_results_need_not_wait_for_torch():
    pages = [ROOT / "pages" / f"{name}.py" for name in ("explore", "compare", "reconstruct", "generate")]
    trees = [ast.parse(page.read_text(encoding="utf-8")) for page in pages]
    lines = {
        ast.unparse(node) for tree in trees for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    script = "\n".join([*sorted(lines), "import sys", "raise SystemExit('torch' in sys.modules)"])
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True).returncode == 0


def test_every_core_module_imports_without_streamlit():
    modules = core_modules()
    assert {"playground", "playground.data", "playground.models", "playground.runs"} <= set(modules)
    assert import_failures(modules, without="streamlit") == {}


def test_data_figures_and_pca_import_without_torch():
    modules = [m for m in core_modules() if any(is_below(m, f"playground.{part}") for part in WITHOUT_TORCH)]
    assert {f"playground.{part}" for part in WITHOUT_TORCH} <= set(modules)
    assert import_failures(modules, without="torch") == {}


def test_imports_only_point_down():
    assert broken_contracts(ROOT) == ""


def test_no_source_file_breaks_the_rules_of_the_code():
    files = sources()
    assert ROOT / "playground" / "errors.py" in files
    found = {str(file.relative_to(ROOT)): offences(file.read_text(encoding="utf-8")) for file in files}
    assert {file: lines for file, lines in found.items() if lines} == {}


def test_a_core_module_that_needs_a_blocked_package_is_caught(tmp_path):
    package = tmp_path / "sample"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "inner" / "__init__.py").write_text("")
    (package / "inner" / "bad.py").write_text("from streamlit.runtime import exists")
    modules = modules_below(package, "sample")
    assert modules == ["sample", "sample.inner", "sample.inner.bad"]
    assert list(import_failures(modules, without="streamlit", folder=tmp_path)) == ["sample.inner.bad"]


def test_a_broken_contract_is_caught(tmp_path):
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for module in modules_below(ROOT / "playground", "playground"):
        source = ROOT.joinpath(*module.split("."))
        source = source / "__init__.py" if source.is_dir() else source.with_suffix(".py")
        copy = tmp_path / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(source.read_text(encoding="utf-8"))
    for file, line in {"errors": "playground.data", "data/__init__": "torch", "figures/__init__": "streamlit"}.items():
        with (tmp_path / "playground" / f"{file}.py").open("a") as stream:
            stream.write(f"\nimport {line}\n")
    report = broken_contracts(tmp_path)
    assert "playground.errors -> playground.data" in report
    assert "playground.data -> torch" in report
    assert "playground.figures -> streamlit" in report


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import dump",
        "import torch\ntorch.load('model.pt', weights_only=True)",
        "import torch as t\nt.load('model.pt')",
        "from torch import load as read",
        "import numpy as np\nnp.load('x.npy', allow_pickle=True)",
        "import numpy as np\nnp.load('x.npy', allow_pickle=flag)",
        "import pandas as pd\npd.read_pickle('x')",
        "eval('1 + 1')",
        "exec('x = 1')",
        "import torch\ntorch.manual_seed(0)",
        "import torch\ntorch.cuda.manual_seed_all(0)",
        "import numpy as np\nnp.random.seed(0)",
        "from numpy import random\nrandom.seed(0)",
        "import random\nrandom.seed(0)",
        "from random import seed",
        "import plotly.express as px",
        "from plotly import express",
        "from plotly.express import scatter",
        "def f(x):\n    assert x > 0",
    ],
)
def test_a_line_against_the_rules_is_caught(source):
    assert len(offences(source)) >= 1


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.Generator().manual_seed(0)",
        "model.eval()",
        "import numpy as np\nnp.random.default_rng(0)",
        "import numpy as np\nnp.load('x.npy', allow_pickle=False)",
        "import plotly.graph_objects as go\ngo.Figure()",
        "from safetensors.numpy import load\nload(b'')",
        "import json\njson.load(stream)",
        "import random\nrandom.Random(0)",
    ],
)
def test_a_line_within_the_rules_is_let_through(source):
    assert offences(source) == []
