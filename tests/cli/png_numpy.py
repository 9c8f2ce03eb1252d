"""PNG files of every kind, written from the format's definition alone."""

import struct
import zlib

import numpy as np

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
INTERLACING = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
               (1, 0, 2, 1))  # passes of Adam7: first row, first column, steps


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def packed_rows(samples, depth, filters):
    """Samples (rows, bytes or packed samples per row); each row follows the number of its
    filter."""
    if depth < 8:
        bits = np.unpackbits(samples.astype(np.uint8)[..., None], axis=-1)[..., 8 - depth:]
        samples = np.packbits(bits.reshape(len(samples), -1), axis=-1)
    rows = bytearray()
    previous = np.zeros(samples.shape[1], np.uint8)
    for i, row in enumerate(samples.astype(np.uint8)):
        filter_ = filters[i % len(filters)]
        rows.append(filter_)
        rows += (row - (previous if filter_ == 2 else 0)).astype(np.uint8).tobytes()
        previous = row
    return bytes(rows)


def write(path, samples, colour, depth=8, interlaced=False, extra=(), filters=(0, 2)):
    """Samples (height, width) or (height, width, channels), as stored in the file."""
    height, width = samples.shape[:2]
    flat = samples.reshape(height, width, -1)
    data = b""
    for row, column, down, across in INTERLACING if interlaced else ((0, 0, 1, 1),):
        part = flat[row::down, column::across]
        if part.size > 0:
            data += packed_rows(part.reshape(len(part), -1), depth, filters)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header))
        for kind, content in extra:
            file.write(chunk(kind, content))
        file.write(chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))
