"""Turns what `tmux capture-pane -e -p` prints into an SVG.

    tmux capture-pane -e -p | screenshot.py OUT.svg [TITLE]
"""

import html
import re
import sys
import unicodedata

WIDTH, HEIGHT, PAD, BAR = 8.4, 18, 12, 28
BASIC = ["#1e1e2e", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#f5c2e7", "#94e2d5", "#bac2de"]
BRIGHT = ["#585b70", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#f5c2e7", "#94e2d5", "#ffffff"]
FORE, BACK = "#d9dee8", "#14161b"


def indexed(number):
    if number < 16:
        return (BASIC + BRIGHT)[number]
    if number < 232:
        levels = [0, 95, 135, 175, 215, 255]
        number -= 16
        return "#%02x%02x%02x" % (levels[number // 36], levels[number // 6 % 6], levels[number % 6])
    return "#" + "%02x" % (8 + 10 * (number - 232)) * 3


def style(old, codes):
    new = dict(old)
    codes = [int(code or 0) for code in re.split("[;:]", codes)] if codes else [0]
    while codes:
        code = codes.pop(0)
        if code == 0:
            new = {}
        elif code in (1, 2, 3, 4, 7):
            new[code] = True
        elif code in (22, 23, 24, 27):
            for gone in {22: (1, 2), 23: (3,), 24: (4,), 27: (7,)}[code]:
                new.pop(gone, None)
        elif code in (38, 48, 58) and codes:
            kind = codes.pop(0)
            colour = None
            if kind == 5 and codes:
                colour = indexed(codes.pop(0))
            elif kind == 2 and len(codes) >= 3:
                colour = "#%02x%02x%02x" % tuple(codes[:3])
                del codes[:3]
            if code != 58 and colour:
                new["fore" if code == 38 else "back"] = colour
        elif code in (39, 49):
            new.pop("fore" if code == 39 else "back", None)
        elif 30 <= code <= 37 or 40 <= code <= 47:
            new["fore" if code < 40 else "back"] = BASIC[code % 10]
        elif 90 <= code <= 97 or 100 <= code <= 107:
            new["fore" if code < 100 else "back"] = BRIGHT[code % 10]
    return new


def width(char):
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def main():
    out, title = sys.argv[1], (sys.argv[2:] or [""])[0]
    lines = sys.stdin.read().rstrip("\n").split("\n")
    boxes, texts, columns = [], [], 0
    for row, line in enumerate(lines):
        now, column = {}, 0
        for piece in re.split(r"(\x1b\[[\d;:]*m)", line):
            if piece.startswith("\x1b["):
                now = style(now, piece[2:-1])
                continue
            piece = re.sub(r"\x1b[^m]*m?|[\x00-\x1f]", "", piece)
            if not piece:
                continue
            fore, back = now.get("fore", FORE), now.get("back")
            if 7 in now:
                fore, back = back or BACK, now.get("fore", FORE)
            size = sum(width(char) for char in piece)
            x, y = PAD + column * WIDTH, BAR + PAD + row * HEIGHT
            if back:
                boxes.append(f'<rect x="{x:.1f}" y="{y}" width="{size * WIDTH:.1f}" height="{HEIGHT}" fill="{back}"/>')
            if piece.strip():
                looks = "".join(
                    text
                    for code, text in ((1, ' font-weight="bold"'), (3, ' font-style="italic"'), (4, ' text-decoration="underline"'), (2, ' opacity="0.7"'))
                    if code in now
                )
                texts.append(
                    f'<text x="{x:.1f}" y="{y + 13.5}" fill="{fore}" textLength="{size * WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"{looks}>{html.escape(piece).replace(chr(32), chr(160))}</text>'
                )
            column += size
        columns = max(columns, column)
    wide, high = 2 * PAD + columns * WIDTH, BAR + 2 * PAD + len(lines) * HEIGHT
    with open(out, "w") as file:
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high}" width="{wide:.0f}" height="{high}">\n'
            f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>\n'
            f'<text x="{wide / 2:.0f}" y="19" fill="#7f849c" font-family="sans-serif" font-size="12" text-anchor="middle">{html.escape(title)}</text>\n'
            '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">\n'
        )
        file.write("\n".join(boxes + texts) + "\n</g>\n</svg>\n")


main()
