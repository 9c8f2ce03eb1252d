"""tools/torch_model.py: PyTorch gives the program's latent codes and images."""

import subprocess
import sys

try:
    import torch
except ImportError:
    print("skipped: no torch (Debian's python3-torch)")
    sys.exit(77)

import numpy as np

import exports
import harness
import lowbend_numpy
import torch_model


class TorchModel(exports.ExportTest):
    def test_trained_run(self):
        """latent.safetensors and the reconstructions of a trained run."""
        for run in ("points", "images", "maps"):
            folder = self.folder / run
            stored, _ = lowbend_numpy.read_safetensors(folder / "latent.safetensors")
            encoder, decoder = torch_model.load_run(folder)
            if run == "points":  # on the sphere, where points are images
                with torch.no_grad():
                    self.close(encoder(torch.tensor(stored["points"])).numpy(), stored["latent"])
            latent = self.path("latent.npy")
            images = self.path("images.npy")
            np.save(latent, stored["latent"])
            self.succeeds("decode", folder, latent, "--out", images)
            with torch.no_grad():
                back = decoder(torch.tensor(stored["latent"])).numpy()
            self.close(back, np.load(images).reshape(back.shape))

    def test_every_activation(self):
        for activation in lowbend_numpy.ACTIVATIONS:
            with self.subTest(activation):
                images = self.randomise("images", activation, "sigmoid")
                latent, back = self.encoded("images", images)
                encoder, decoder = torch_model.load_run(self.folder / "images")
                self.assertIsInstance(encoder, torch.nn.Sequential)
                with torch.no_grad():
                    codes = encoder(torch.tensor(images).flatten(1))
                    self.close(codes.numpy(), latent)
                    self.close(decoder(codes).numpy(), back.reshape(len(back), -1))

    def test_image_layers(self):
        for images, latent, back in self.each_of_maps():
            encoder, decoder = torch_model.load_run(self.folder / "maps")
            with torch.no_grad():
                codes = encoder(torch.tensor(images))
                self.close(codes.numpy(), latent)
                self.close(decoder(codes).numpy(), back.reshape(len(back), -1))

    def test_as_a_program(self):
        images = self.randomise("images", "elu")
        latent, back = self.encoded("images", images)
        source, codes, result = map(self.path, ("in.npy", "codes.npy", "result.npy"))
        np.save(source, images)
        for arguments in (("encode", source, codes), ("decode", codes, result)):
            subprocess.run([sys.executable, torch_model.__file__, self.folder / "images",
                            *arguments], check=True, timeout=harness.TIME_LIMIT)
        self.close(np.load(codes), latent)
        self.close(np.load(result), back.reshape(len(back), -1))


harness.main()
