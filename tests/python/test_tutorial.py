"""The code of docs/python.md, from top to bottom, and what it claims."""

import importlib.util
import pathlib
import re

import numpy as np

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    has_torch = importlib.util.find_spec("torch") is not None
    names = {}
    text = PAGE.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        block = match.group(1)
        if not has_torch and "import torch" in block:
            continue
        line = text.count("\n", 0, match.start(1))
        exec(compile("\n" * line + block, str(PAGE), "exec"), names)
    print(capsys.readouterr().out)
    assert abs(names["stretch"].mean() - 1) < 0.15
    assert names["stretch"].std() < 0.05
    assert -names["model"].score(names["images"]) < 0.01
    assert names["regression"].score(names["images"], names["directions"]) > 0.95
    middle = names["model"].inverse_transform(names["halfway"])[0]
    truth = names["images"][6]
    blend = names["ends"] if names["ends"].ndim == 3 else names["images"][[0, 12]]
    assert np.square(middle - truth).mean() < np.square(blend.mean(axis=0) - truth).mean()
    assert 0 < names["info"].length < 4
