"""export --onnx: onnx accepts the files, and onnxruntime evaluates them to the results of encode
and decode."""

import peers

peers.need("onnx", onnx="onnx", onnxruntime="onnxruntime")

import onnx  # noqa: E402 (only after they were made importable)
import onnxruntime  # noqa: E402

import exports  # noqa: E402
import harness  # noqa: E402
import lowbend_numpy  # noqa: E402


class OnnxRuntime(exports.ExportTest):
    def session(self, run, *arguments):
        path = self.path("model.onnx")
        self.succeeds("export", self.folder / run, "--onnx", path, *arguments)
        onnx.checker.check_model(path, full_check=True)  # including the shapes of all arrays
        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def test_every_activation(self):
        for activation in lowbend_numpy.ACTIVATIONS:
            with self.subTest(activation):
                points = self.randomise("points", activation)
                latent, back = self.encoded("points", points)
                outputs = self.session("points").run(["latent", "reconstruction"],
                                                     {"images": points})
                self.close(outputs[0], latent)
                self.close(outputs[1], back)

    def test_images(self):
        images = self.randomise("images", "elu", "sigmoid")
        latent, back = self.encoded("images", images)
        session = self.session("images")
        (images_in,) = session.get_inputs()
        self.assertEqual((images_in.name, images_in.shape), ("images", ["n", 4, 4, 3]))
        for n in (1, len(images)):
            outputs = session.run(["latent", "reconstruction"], {"images": images[:n]})
            self.close(outputs[0], latent[:n])
            self.close(outputs[1], back[:n])
        (alone,) = self.session("images", "--part", "encoder").run(None, {"images": images})
        self.close(alone, latent)
        (alone,) = self.session("images", "--part", "decoder").run(None, {"latent": latent})
        self.close(alone, back)

    def test_image_layers(self):
        for images, latent, back in self.each_of_maps():
            session = self.session("maps")
            for n in (1, len(images)):
                outputs = session.run(["latent", "reconstruction"], {"images": images[:n]})
                self.close(outputs[0], latent[:n])
                self.close(outputs[1], back[:n])
            (alone,) = self.session("maps", "--part", "encoder").run(None, {"images": images})
            self.close(alone, latent)
            (alone,) = self.session("maps", "--part", "decoder").run(None, {"latent": latent})
            self.close(alone, back)


harness.main()
