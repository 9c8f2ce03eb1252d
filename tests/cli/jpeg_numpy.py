"""Baseline JPEG files from ITU-T T.81 alone: quantisation by 1 and full resolution of all channels,
so that what is decoded is the picture to a rounding of its coefficients and colours."""

import struct

import numpy as np

SIDE = 8
DC_SYMBOLS = bytes(range(12))
AC_SYMBOLS = bytes([0x00, 0xf0] + [run << 4 | size for run in range(16) for size in range(1, 11)])
DC_BITS, AC_BITS = 4, 8  # of every code, in symbol order


def segment(marker, body):
    return struct.pack(">BBH", 0xff, marker, len(body) + 2) + body


def zigzag():
    return sorted(((y, x) for y in range(SIDE) for x in range(SIDE)),
                  key=lambda p: (p[0] + p[1], p[0] if (p[0] + p[1]) % 2 else p[1]))


def cosines():
    u, x = np.mgrid[:SIDE, :SIDE]
    matrix = np.cos((2 * x + 1) * u * np.pi / (2 * SIDE)) / 2
    matrix[0] /= np.sqrt(2)
    return matrix


def to_ycc(rgb):
    red, green, blue = np.moveaxis(rgb.astype(np.float64), -1, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return np.stack([luma, (blue - luma) / 1.772 + 128, (red - luma) / 1.402 + 128], -1)


def amplitude(value):
    """Number of bits of the value, and the bits."""
    size = int(abs(value)).bit_length()
    return size, format(value if value > 0 else value + (1 << size) - 1, f"0{size}b") if size else ""


def encode_block(coefficients, previous):
    """Bits of 64 integers in zigzag order."""
    size, bits = amplitude(coefficients[0] - previous)
    text = format(DC_SYMBOLS.index(size), f"0{DC_BITS}b") + bits
    run = 0
    for value in coefficients[1:]:
        if value == 0:
            run += 1
            continue
        for _ in range(run // 16):
            text += format(AC_SYMBOLS.index(0xf0), f"0{AC_BITS}b")
        size, bits = amplitude(value)
        text += format(AC_SYMBOLS.index((run % 16) << 4 | size), f"0{AC_BITS}b") + bits
        run = 0
    return text + (format(AC_SYMBOLS.index(0), f"0{AC_BITS}b") if run > 0 else "")


def write(path, pixels):
    """Pixels (height, width) or (height, width, 3), uint8; the sides are multiples of 8."""
    height, width = pixels.shape[:2]
    planes = pixels[..., None] if pixels.ndim == 2 else to_ycc(pixels)
    channels = planes.shape[-1]
    matrix, order = cosines(), zigzag()
    text, previous = "", [0] * channels
    for top in range(0, height, SIDE):
        for left in range(0, width, SIDE):
            for c in range(channels):
                block = planes[top:top + SIDE, left:left + SIDE, c].astype(np.float64) - 128
                whole = np.rint(matrix @ block @ matrix.T).astype(int)
                flat = [int(whole[place]) for place in order]
                text += encode_block(flat, previous[c])
                previous[c] = flat[0]
    text += "1" * (-len(text) % 8)
    coded = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    frame = struct.pack(">BHHB", 8, height, width, channels)
    scan = bytes([channels])
    for c in range(channels):
        frame += bytes([c + 1, 0x11, 0])
        scan += bytes([c + 1, 0])
    tables = b""
    for kind, bits, symbols in ((0x00, DC_BITS, DC_SYMBOLS), (0x10, AC_BITS, AC_SYMBOLS)):
        counts = bytes(len(symbols) if n == bits else 0 for n in range(1, 17))
        tables += segment(0xc4, bytes([kind]) + counts + symbols)
    with open(path, "wb") as file:
        file.write(b"\xff\xd8" + segment(0xdb, bytes([0]) + bytes([1] * 64)) +
                   segment(0xc0, frame) + tables + segment(0xda, scan + bytes([0, 63, 0])) +
                   coded + b"\xff\xd9")
