"""Layer 2: the estimator, and what scikit-learn expects of one."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

import lowbend

SMALL = {"latent_dim": 2, "network": (16,), "steps": 5}

# scikit-learn checks that do not apply, with the reasons.
BLOBS = "its data are blobs, between which no neighbour leads from one to the other"
NOT_MET = {
    **dict.fromkeys((
        "check_estimators_nan_inf", "check_estimators_pickle", "check_pipeline_consistency",
        "check_positive_only_tag_during_fit", "check_transformer_data_not_an_array",
        "check_transformer_general", "check_transformer_preserve_dtypes"), BLOBS),
    "check_fit2d_1feature": "no pair of its ten numbers has a middle among them",
}


@parametrize_with_checks([lowbend.LowBend(**SMALL)],
                         expected_failed_checks=lambda estimator: NOT_MET)
def test_scikit_learn(estimator, check):
    check(estimator)


def circle(n=90):
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def pictures(dtype=np.float32):
    """A bright bar that moves across 8 x 8 pixels."""
    place = np.linspace(1, 6, 60)[:, None, None]
    bars = np.exp(-((np.arange(8)[None, None, :] - place) ** 2)) * np.ones((1, 8, 1))
    return (bars * 255).astype(np.uint8) if dtype == np.uint8 else bars.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (64,)])
def test_shapes(dtype, shape, device):
    images = pictures(dtype).reshape(60, *shape)
    model = lowbend.LowBend(**SMALL, device=device).fit(images)
    codes = model.transform(images)
    assert codes.shape == (60, 2) and codes.dtype == np.float32
    assert model.inverse_transform(codes).shape == images.shape
    assert model.interpolate(images[:2], frames=4).shape == (4, *shape)
    assert model.score(images) < 0 and model.shape_in_ == shape
    model.close()


def test_defaults(device):
    """None: the value suggested in the pair file."""
    points = circle()
    step = 2 * np.pi / 90
    model = lowbend.LowBend(latent_dim=3, steps=30, device=device)
    model.fit_pairs(points, np.roll(points, -2, 0), np.roll(points, -1, 0), np.full(90, 2 * step))
    used = model.run_.settings
    assert np.isclose(used["epsilon"], 2 * step)
    assert np.isclose(used["lambda"], (2 * step) ** 2, rtol=0.1)
    assert used["latent"] == 3 and used["steps"] == used["decoder-steps"] == 30
    given = lowbend.LowBend(3, 0.2, 0.5, "mlp", 20, device, 7).fit_dataset("sphere")
    used = given.run_.settings
    assert (used["epsilon"], used["lambda"], used["seed"]) == (0.2, 0.5, 7)
    assert used["hidden"] == "512,512,512"


def test_longer_pairs_are_left_out(device):
    points = circle()
    steps = np.tile([2, 4, 6], 30)
    place = np.arange(90)
    pairs = (points, points[(place + steps) % 90], points[(place + steps // 2) % 90],
             steps * 2 * np.pi / 90)
    model = lowbend.LowBend(**SMALL, epsilon=0.3, device=device).fit_pairs(*pairs)
    assert np.isclose(model.run_.settings["epsilon"], 4 * 2 * np.pi / 90)
    with pytest.raises(ValueError, match="raise it"):
        lowbend.LowBend(epsilon=0.1, device=device).fit_pairs(*pairs)
    model = lowbend.LowBend(**SMALL, epsilon=0.6, device=device).fit(points, neighbours=2)
    assert model.pairs_["epsilon"] == 0.6


def test_random_state(device):
    """The same random state gives the same bits."""
    def codes(state):
        return lowbend.LowBend(**SMALL, device=device, random_state=state).fit_transform(circle())

    assert np.array_equal(codes(3), codes(3))
    assert np.array_equal(codes(np.random.RandomState(1)), codes(np.random.RandomState(1)))
    assert not np.array_equal(codes(3), codes(4))
    assert codes(None).shape == (90, 2)


def test_dataset(device):
    model = lowbend.LowBend(latent_dim=3, lam=0.0, network=(64,), steps=300, device=device)
    model.fit_dataset("sphere", decoder_steps=50)
    with lowbend.Dataset("sphere", device=device) as sphere:
        x, y = sphere.sample(200), sphere.sample(200, seed=1)
        near = sphere.distance(x, y) < 1
        lengths = np.linalg.norm(model.transform(x) - model.transform(y), axis=1)
        assert np.corrcoef(lengths[near], sphere.distance(x, y)[near])[0, 1] > 0.9
    assert model.inverse_transform(model.transform(x)).shape == (200, 1, 1, 3)


def test_keeping(tmp_path, device):
    model = lowbend.LowBend(**SMALL, device=device).fit(circle())
    codes = model.transform(circle())
    model.save(tmp_path / "model")
    again = lowbend.load(tmp_path / "model", device=device)
    assert again.get_params() == {**model.get_params(), "network": "16"}
    with lowbend.Run(tmp_path / "model", device=device) as run:
        assert np.array_equal(run.encode(circle()), codes)
    for other in (again, pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert np.array_equal(other.transform(circle()), codes)
        assert other.inverse_transform(codes).shape == (90, 2)
    with pytest.raises(OSError):
        model.save(tmp_path / "model")
    sent = pickle.loads(pickle.dumps(model)).device
    assert sent is not device and sent.info == device.info
    folder = model.run_.path.parent
    model.close()
    assert not folder.exists()
    with pytest.raises(ValueError, match="fitted"):
        model.transform(circle())
    assert clone(model).get_params() == model.get_params()


def test_refused(device):
    model = lowbend.LowBend(**SMALL, device=device)
    with pytest.raises(ValueError, match="fitted"):
        model.transform(circle())
    with pytest.raises(lowbend.FormatError, match=r"\[0,1\]|0 to 1|scale"):
        model.fit(pictures() * 16)
    with pytest.raises(lowbend.ArgumentError, match="lambda"):
        lowbend.LowBend(lam=-1.0, device=device).fit(circle())
    with pytest.raises(lowbend.FormatError):
        model.fit_pairs(circle(), circle()[:-1], circle(), np.ones(90))
    model.fit(circle())
    with pytest.raises(ValueError):
        model.transform(np.ones((4, 3)))


def test_pictures():
    latent = np.random.default_rng(0).normal(size=(50, 4))
    axes = lowbend.plot_latent(latent, colors=latent[:, 0])
    (cloud,) = axes.collections
    assert len(cloud.get_offsets()) == 50
    assert lowbend.plot_latent(latent[:, :1]) is not axes
    axes = lowbend.plot_interpolation(pictures()[:5])
    assert axes.images[0].get_array().shape == (8, 40)
    with pytest.raises(ValueError, match="needed"):
        lowbend.plot_interpolation(latent)


def test_without_sklearn():
    """numpy and cffi are sufficient."""
    import subprocess
    import sys

    code = """
import sys
sys.modules["sklearn"] = sys.modules["sklearn.base"] = sys.modules["tqdm"] = None
import numpy as np, lowbend
model = lowbend.LowBend(latent_dim=2, network=(16,), steps=20)
angles = np.linspace(0, 6.2, 90)
codes = model.set_params(random_state=2).fit_transform(np.stack([np.cos(angles), np.sin(angles)], 1))
print(codes.shape, model.get_params()["random_state"])
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                            check=True, timeout=60).stdout
    assert output == "(90, 2) 2\n"
