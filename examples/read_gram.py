# SPDX-License-Identifier: MIT
"""Reads a file of `widthwise gram` into whole matrices: python3 read_gram.py FILE prints them as one JSON object."""
import json
import sys
import zlib


def read_gram(path):
    """The header and the matrices {"G", "Theta", "G_error", "Theta_error"} as lists of rows.

    Entries of tiles that are not there yet are None; a line that is not whole ends the reading.
    """
    with open(path, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    header, tiles, checksum = None, [], 0
    for line in lines:
        checksum = zlib.crc32(line[:-21], checksum)  # of all bytes before ,"crc32":"xxxxxxxx"} and the line's end
        if line[-21:] != b',"crc32":"%08x"}\n' % checksum:
            break
        if header is None:
            header = json.loads(line)
        else:
            tiles.append(json.loads(line))
    if header is None or header["format"] != "widthwise-gram":
        raise ValueError(f"{path} does not begin as a Gram matrix of widthwise does")

    rows = header["samples"] * header["outputs_per_sample"]
    matrices = {name: [[None] * rows for _ in range(rows)] for name in ("G", "Theta", "G_error", "Theta_error")}
    for tile in tiles:
        errors = tile["standard_error"]
        parts = {"G": tile["G"], "Theta": tile["Theta"], "G_error": errors["G"], "Theta_error": errors["Theta"]}
        for name, part in parts.items():
            for i, row in enumerate(part, tile["row"]):
                for j, value in enumerate(row, tile["column"]):
                    matrices[name][i][j] = matrices[name][j][i] = value
    return header, matrices


if __name__ == "__main__":
    header, matrices = read_gram(sys.argv[1])
    json.dump({"header": header, **matrices}, sys.stdout)
