# Makes www/night.png and www/bell.wav, with Python's library alone:  python media.py
import math
import pathlib
import random
import struct
import wave
import zlib

WWW = pathlib.Path(__file__).parent / "www"
WIDTH, HEIGHT = 480, 300
RATE, SECONDS = 8000, 8


def mix(a, b, part):
    return tuple(x + (y - x) * part for x, y in zip(a, b))


def night():
    """A moon over the sea: rows of RGB bytes."""
    dice = random.Random(4)
    stars = {(dice.randrange(WIDTH), dice.randrange(150)): dice.randrange(90, 255) for _ in range(130)}
    rows = []
    for y in range(HEIGHT):
        row = bytearray()
        for x in range(WIDTH):
            if y < 180:
                colour = mix((14, 18, 48), (214, 120, 98), (y / 180) ** 2.6)
                far = math.hypot(x - 340, y - 84)
                if far < 34:
                    colour = mix((255, 244, 214), (236, 214, 176), (x - 318) / 60)
                else:
                    glow = max(0, 1 - (far - 34) / 90) ** 2 * 0.5
                    colour = mix(colour, (255, 226, 180), glow)
                    if (x, y) in stars:
                        colour = mix(colour, (255, 255, 255), stars[x, y] / 255)
            else:
                depth = (y - 180) / 120
                colour = mix((132, 78, 92), (10, 14, 38), depth**0.6)
                wave_ = math.sin(x / (7 + 22 * depth) + 9 * depth + 2 * math.sin(y * 1.7))
                wave_ *= math.sin(y * 2.1 / (1 + depth))
                path = math.exp(-(((x - 340) / (16 + 90 * depth)) ** 2))
                colour = mix(colour, (255, 220, 170), max(0, wave_) * path * 0.85)
            # few shades, so that it stays small
            row += bytes(min(255, int(c) // 6 * 6) for c in colour)
        rows.append(bytes(row))
    return rows


def png(rows):
    """RGB rows as PNG; each row as its difference to the one above, which packs better."""
    raw = bytearray()
    above = bytes(WIDTH * 3)
    for row in rows:
        raw += b"\2" + bytes((a - b) & 255 for a, b in zip(row, above))
        above = row
    out = b"\x89PNG\r\n\x1a\n"
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(raw), 9)), (b"IEND", b"")):
        out += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return out


def bell():
    """Strokes of a ship's bell: samples of 8 bits."""
    strokes = ((0.2, 1.0), (0.9, 0.8), (2.6, 1.0), (3.3, 0.8), (5.2, 1.0))
    tones = ((523, 1.0, 1.6), (1046, 0.5, 1.0), (1568, 0.35, 0.7), (2217, 0.2, 0.4))
    samples = bytearray()
    for i in range(RATE * SECONDS):
        value = 0
        for start, force in strokes:
            t = i / RATE - start
            if t >= 0:
                value += force * sum(a * math.exp(-t / d) * math.sin(math.tau * f * t) for f, a, d in tones)
        samples.append(max(0, min(255, round(128 + value * 48))))
    return bytes(samples)


def main():
    (WWW / "night.png").write_bytes(png(night()))
    with wave.open(str(WWW / "bell.wav"), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(1)
        f.setframerate(RATE)
        f.writeframes(bell())


if __name__ == "__main__":
    main()
