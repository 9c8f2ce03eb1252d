"""Shared by the tests of the Python package."""

import matplotlib
import pytest

import lowbend

matplotlib.use("Agg")


@pytest.fixture(scope="session")
def device():
    with lowbend.Device() as opened:
        yield opened


@pytest.fixture(scope="session")
def run(tmp_path_factory, device):
    """A short training run on the sphere, which has closed forms."""
    folder = tmp_path_factory.mktemp("runs") / "sphere"
    with lowbend.train(folder, "sphere", device=device, hidden=(32,), latent=3, steps=200,
                       decoder_steps=200, seed=1) as trained:
        yield trained
