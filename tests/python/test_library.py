"""Layer 1: devices, datasets, training, runs."""

import gc
import json
import logging
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import lowbend

SHORT = {"hidden": (32,), "latent": 3, "steps": 40, "decoder_steps": 20, "seed": 5}


def norms(x):
    return np.linalg.norm(x, axis=-1)


# ---- devices and datasets ------------------------------------------------------------------------


def test_devices(device):
    listed = lowbend.devices()
    (default,) = [info for info in listed if info.is_default]
    assert device.info.selector == default.selector
    assert default.compute_units > 0 and default.memory_bytes > 2**20
    with pytest.raises(lowbend.DeviceError, match="no-such-device"):
        lowbend.Device("no-such-device")


def test_sphere(device):
    """Against closed forms of the unit sphere."""
    with lowbend.Dataset("sphere", device=device) as sphere:
        assert sphere.info.image_shape == (1, 1, 3) and sphere.info.dimension == 2
        x, y = sphere.sample(100), sphere.sample(100, seed=1)
        assert x.dtype == np.float32 and np.array_equal(x[:10], sphere.sample(10))
        assert np.allclose(norms(x), 1, atol=1e-5)
        assert np.allclose(sphere.distance(x, y), np.arccos((x * y).sum(1)), atol=1e-3)
        middle = (x + y) / norms(x + y)[:, None]
        assert np.allclose(sphere.midpoint(x, y), middle, atol=1e-3)
        assert sphere.geodesic(x, y, levels=2).shape == (100, 5, 3)
        velocity = np.random.default_rng(0).normal(size=(100, 2))
        moved = sphere.exponential(x, velocity)
        assert np.allclose((moved * x).sum(1), np.cos(norms(velocity)), atol=1e-4)
        pairs = sphere.pairs(50, 0.5, seed=2)
        assert pairs.x.shape == (50, 1, 1, 3) and pairs.distance.max() < 0.5
        assert np.allclose(sphere.distance(pairs.point_x, pairs.point_y), pairs.distance,
                           atol=1e-4)
        assert np.array_equal(sphere.render(pairs.point_x), pairs.x)
        sphere.check()


def test_arguments(device):
    with lowbend.Dataset("sphere", device=device) as sphere:
        x = sphere.sample(3)
        with pytest.raises(ValueError, match=r"points is \(3, 2\)"):
            sphere.render(x[:, :2])
        with pytest.raises(ValueError, match="as many of both"):
            sphere.distance(x, x[:2])
        with pytest.raises(ValueError, match="levels"):
            sphere.geodesic(x, x, levels=11)
        with pytest.raises(lowbend.ArgumentError, match="injectivity"):
            sphere.pairs(3, 4.0)
        order = np.asfortranarray(x.astype(">f8"))  # any memory layout and dtype
        assert np.allclose(sphere.render(order), sphere.render(x))
    with pytest.raises(ValueError, match="closed"):
        sphere.sample(1)
    with pytest.raises(lowbend.NotFoundError, match="sundial") as failure:
        lowbend.Dataset("no-such-dataset", device=device)
    assert isinstance(failure.value, lowbend.Error)
    with pytest.raises(lowbend.NotFoundError, match="banana"):
        lowbend.Trainer("sphere", device=device, banana=3)
    with pytest.raises(lowbend.ArgumentError):
        lowbend.Trainer("sphere", device=device, latent="many")


def test_log(tmp_path, monkeypatch, caplog):
    """The library's log; it also shows that the self-test runs the package's helper."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with caplog.at_level(logging.DEBUG, "lowbend"):
        lowbend.Trainer("sphere", **SHORT).close()
    helper = pathlib.Path(lowbend.__file__).with_name("lowbend-self-test")
    assert any(record.name == "lowbend" and record.levelno == logging.DEBUG and
               record.message.endswith(f" of {helper}") for record in caplog.records)


# ---- training ------------------------------------------------------------------------------------


def test_trainer(device):
    with lowbend.Trainer("sphere", device=device, lam=np.float32(0.25), pairs=np.int64(64),
                         **SHORT) as trainer:
        assert trainer.settings["lambda"] == 0.25 and trainer.settings["pairs"] == 64
        assert trainer.settings["latent"] == 3 and trainer.settings["hidden"] == 32
        assert trainer.dataset.manifold == "sphere"
        assert [layer.kind for layer in trainer.encoder.layers] == ["dense", "dense"]
        before = trainer.encoder.get_parameters()
        assert before.shape == (3 * 32 + 32 + 32 * 3 + 3,)
        assert trainer.step(10).step == 10
        assert not np.array_equal(trainer.encoder.get_parameters(), before)
        assert {"loss", "distortion", "bending"} <= set(trainer.means())
        trainer.encoder.set_parameters(before)
        assert np.array_equal(trainer.encoder.get_parameters(), before)
        with pytest.raises(lowbend.NumericError):
            trainer.encoder.set_parameters(np.full_like(before, np.nan))
        with pytest.raises(ValueError, match="needed"):
            trainer.encoder.set_parameters(before[1:])
        seen = []
        state = trainer.run(lambda state, means: seen.append((state.phase, state.step)), every=20)
        assert state.finished
        assert seen == [("encoder", 30), ("encoder", 40), ("decoder", 20)]
        assert trainer.decoder(trainer.encoder(np.eye(3))).shape == (3, 3)


def test_train_and_program(tmp_path, device):
    """The same settings as for the program; callbacks that stop, fail and misbehave."""
    told = []
    settings = {**SHORT, "log_every": 10, "device": device}
    lowbend.train(tmp_path / "whole", "sphere", callback=told.append, **settings).close()
    assert [p.step for p in told if p.phase == "encoder" and not p.final] == [10, 20, 30, 40]
    assert told[0].means["loss"] > 0 and told[-1].final
    with pytest.raises(lowbend.ExistsError):
        lowbend.train(tmp_path / "whole", "sphere", **settings)
    with pytest.raises(lowbend.InterruptedTraining):
        lowbend.train(tmp_path / "cut", "sphere", callback=lambda p: p.step < 20, **settings)

    def fails(progress):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        lowbend.train(tmp_path / "cut", resume=True, device=device, callback=fails)
    with pytest.raises(RuntimeError, match="callback"):
        lowbend.train(tmp_path / "cut", resume=True, device=device,
                      callback=lambda p: lowbend.Dataset("sphere", device=device))
    lowbend.train(tmp_path / "cut", resume=True, device=device).close()
    for name in ("encoder.safetensors", "decoder.safetensors"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    with pytest.raises(ValueError, match="dataset"):
        lowbend.train(tmp_path / "new", device=device)
    assert lowbend.run_info(tmp_path / "cut")["finished"] is True


INTERRUPTED = """
import sys, lowbend
settings = {"hidden": (32,), "latent": 3, "steps": int(sys.argv[2]), "decoder_steps": 0,
            "log_every": 10}
try:
    lowbend.train(sys.argv[1], "sphere", callback=lambda p: print(p.step, flush=True), **settings)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c(tmp_path):
    """A checkpoint is written, and training can resume from it."""
    path = tmp_path / "run"
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED, path, "10000000"],
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "10\n"
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and output.splitlines()[-1] == "interrupted"
    assert (path / "checkpoint.safetensors").exists()
    info = lowbend.run_info(path)
    assert info["step"] >= 10 and not info["finished"]


def test_two_threads(device):
    """Each thread has its own device: the results equal those of sequential calls."""
    devices = [lowbend.Device(device.info.selector) for _ in range(2)]
    results = {}

    def work(name, own, seed):
        with lowbend.Trainer("sphere", device=own, **{**SHORT, "seed": seed}) as trainer:
            trainer.run()
            results[name] = trainer.encoder.get_parameters()

    threads = [threading.Thread(target=work, args=(i, devices[i], i)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(2):
        work(f"again {i}", device, i)
        assert np.array_equal(results[i], results[f"again {i}"])
    assert not np.array_equal(results[0], results[1])
    for own in devices:
        own.close()


def test_one_device_in_two_threads(device):
    """Calls are serialised."""
    with lowbend.Dataset("sphere", device=device) as sphere:
        wanted = sphere.sample(2000, seed=3)
        failures = []

        def work():
            for _ in range(50):
                if not np.array_equal(sphere.sample(2000, seed=3), wanted):
                    failures.append(1)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures


def resident():
    fields = pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def test_no_leak(device, run):
    """Creates and destroys all kinds of objects repeatedly, both closed and just dropped."""
    images = np.ones((10, 3), np.float32)

    def rounds(n):
        for i in range(n):
            trainer = lowbend.Trainer("sphere", device=device, **SHORT)
            trainer.step()
            with lowbend.Dataset("sphere", device=device) as sphere:
                sphere.sample(10)
            opened = lowbend.Run(run.path, device=device)
            opened.encode(images)
            if i % 2 == 0:
                trainer.close()
                opened.close()
        del trainer, opened
        gc.collect()

    rounds(20)
    before = resident()
    rounds(200)
    assert resident() - before < 4 * 2**20


def test_order_of_closing(device):
    """Objects of a device are closed with it, and keep it alive until then."""
    own = lowbend.Device(device.info.selector)
    dataset = lowbend.Dataset("sphere", device=own)
    own.close()
    assert dataset.closed
    dataset.close()
    alone = lowbend.Dataset("sphere")
    held = alone.device
    alone.close()
    assert held.closed


# ---- runs ----------------------------------------------------------------------------------------


def test_encode(run, device):
    """Every dtype and shape; the networks alone give the same codes."""
    images = np.random.default_rng(0).uniform(size=(50, 3)).astype(np.float32)
    codes = run.encode(images)
    assert codes.shape == (50, 3) and codes.dtype == np.float32
    assert np.array_equal(codes, run.encoder(images))
    assert np.array_equal(codes, run.encode(images.reshape(50, 1, 1, 3)))
    assert np.array_equal(codes, run.encode(np.asfortranarray(images.astype(">f8"))))
    assert np.allclose(run.encode(images * 7, scale=7), codes, atol=1e-5)
    numbers = np.arange(150, dtype=np.uint8).reshape(50, 3)
    assert np.array_equal(run.encode(numbers), run.encode(numbers / np.float32(255)))
    assert run.decode(codes).shape == (50, 1, 1, 3)
    with pytest.raises(lowbend.FormatError, match="this run takes images"):
        run.encode(images[:, :2])
    with pytest.raises(lowbend.FormatError, match="NaN"):
        run.encode(np.full((2, 3), np.nan))
    with pytest.raises(TypeError, match="complex"):
        run.encode(images.astype(complex))
    with pytest.raises(ValueError, match="layout"):
        run.encode(images, layout="cwh")
    with lowbend.Run(run.path, device=device, networks_only=True) as networks:
        assert np.array_equal(networks.encode(images), codes)
        with pytest.raises(lowbend.UnsupportedError):
            networks.evaluate()


def test_interpolate(run):
    images = np.eye(3, dtype=np.float32)
    line = run.interpolate(images, frames=5)
    codes = run.encode(images)
    assert line.images.shape == (9, 1, 1, 3) and line.latent.shape == (9, 3)
    assert np.allclose(line.latent[::4], codes, atol=1e-6)
    assert np.allclose(line.latent[2], (codes[0] + codes[1]) / 2, atol=1e-5)
    assert np.array_equal(line.images, run.decode(line.latent))
    assert run.interpolate(images, frames=5, loop=True).latent.shape == (12, 3)
    assert run.interpolate(images, frames=5, lines=[(2, 0)]).latent.shape == (5, 3)
    with pytest.raises(lowbend.ArgumentError, match="row"):
        run.interpolate(images, lines=[(0, 3)])


def test_evaluate(run):
    told = []
    found = run.evaluate(pairs=512, points=64, callback=lambda *args: told.append(args))
    assert found["E"] > 0 and told
    assert not (run.path / "eval.json").exists()
    with pytest.raises(lowbend.Error):
        run.evaluate(pairs=512, points=64, callback=lambda *args: False)
    run.evaluate(pairs=512, points=64, write=True)
    assert json.loads((run.path / "eval.json").read_text())["E"] == found["E"]


def test_geometry(run):
    with pytest.raises(lowbend.NotFoundError):
        run.geometry()
    info = run.train_projection(steps=400)
    assert info["dimension"] == 2 and info["steps"] == 400
    codes = run.encode(np.eye(3, dtype=np.float32)).astype(float)
    with run.geometry() as geometry:
        assert (geometry.latent, geometry.dimension) == (3, 2)
        assert geometry.project(codes).shape == (3, 3)
        basis = geometry.tangent(codes)
        assert np.allclose(basis @ basis.transpose(0, 2, 1), np.eye(2), atol=1e-8)
        curve, found = geometry.geodesic(codes[0], codes[1], segments=8)
        assert np.array_equal(curve[[0, -1]], codes[:2])
        assert np.isclose(found.length, norms(np.diff(curve, axis=0)).sum())
        assert np.isclose(geometry.measure(curve).length, found.length)
        velocity = geometry.logarithm(codes[0], codes[1], segments=8)
        end = geometry.exponential(codes[0], velocity, segments=8)[-1]
        assert norms(end - codes[1]) < 0.05 * found.length
        moved = geometry.transport(curve, velocity)
        assert np.isclose(norms(moved), norms(velocity), rtol=0.02)
        mean, facts = geometry.mean(codes)
        assert mean.shape == (3,) and facts.variance > 0
        directions, variances = geometry.principal(codes, mean)
        assert np.allclose(directions @ directions.T, np.eye(2), atol=1e-6)
        assert np.isclose(variances.sum(), facts.variance, rtol=0.01)
        with pytest.raises(ValueError, match="start"):
            geometry.geodesic(codes[0, :2], codes[1])
        with pytest.raises(lowbend.ArgumentError):
            geometry.geodesic(codes[0], codes[1], segments=0)
    with run.geometry("decoder") as geometry:
        curve, found = geometry.geodesic(codes[0], codes[1], segments=8)
        images = run.decode(curve).reshape(9, 3)
        assert np.isclose(found.length, norms(np.diff(images, axis=0)).sum(), rtol=1e-3)
        with pytest.raises(lowbend.UnsupportedError):
            geometry.logarithm(codes[0], codes[1])
    with pytest.raises(ValueError, match="metric"):
        run.geometry("image")
    assert run.interpolate(np.eye(3), frames=5, geodesic=True).latent.shape == (9, 3)


def test_export(run, tmp_path):
    run.export(tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").stat().st_size > 1000
    with pytest.raises(ValueError, match="part"):
        run.export(tmp_path / "model.onnx", "head")


def test_to_torch(run):
    torch = pytest.importorskip("torch")
    images = np.random.default_rng(1).uniform(size=(20, 3)).astype(np.float32)
    encoder, decoder = run.to_torch()
    with torch.no_grad():
        codes = encoder(torch.tensor(images))
        assert np.allclose(codes.numpy(), run.encode(images), atol=1e-4)
        assert np.allclose(decoder(codes).numpy(), run.decode(codes.numpy()).reshape(20, 3),
                           atol=1e-4)


def test_pairs(tmp_path, device):
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = lowbend.make_pairs(tmp_path / "graph.safetensors", circle, neighbours=4, device=device)
    edge = 2 * np.sin(np.pi / 90)
    assert found["images"] == 90 and found["edges"] == 180
    assert np.isclose(found["epsilon"] / edge, 4 * 1.5, rtol=0.5)
    with pytest.raises(lowbend.ArgumentError, match="neighbours"):
        lowbend.make_pairs(tmp_path / "none.safetensors", circle, neighbours=0, device=device)
    lowbend.write_pairs(tmp_path / "own.safetensors", circle[:-2], circle[2:], circle[1:-1],
                        np.full(88, 4 * np.pi / 90))
    settings = {**SHORT, "device": device}
    with lowbend.train(tmp_path / "run", tmp_path / "own.safetensors", **settings) as run:
        assert run.info.dimension == 0 and run.encode(circle).shape == (90, 3)
        assert np.isclose(run.settings["epsilon"], 4 * np.pi / 90)


def test_import_is_light():
    """Importing the package does not import optional modules."""
    code = ("import sys, lowbend; print([name for name in ('sklearn', 'torch', 'matplotlib', "
            "'tqdm') if name in sys.modules])")
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                            check=True, timeout=60).stdout
    assert output == "[]\n"
