"""One archive as several readers see it: each path with its kind, and its content's digest or its target."""

import hashlib
import os
import stat
import struct
import tarfile
import zipfile
import zlib

from scene import Problem


def tree(directory):
    """What lies in a directory."""
    found = {}
    for folder, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, directory)
            if os.path.islink(path):
                found[relative] = ("link", os.readlink(path))
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    found[relative] = entry(file.read())
            elif not os.listdir(path):
                found[relative] = ("directory", None)
    return found


def views(archive):
    """Each reader's name, and what it sees."""
    if archive.endswith(".tar"):
        return [("tarfile", of_tar(archive, "r:")), ("tarfile, as a stream,", of_tar(archive, "r|"))]
    return [("zipfile", of_zip(archive)), ("a reader of local headers", of_local_headers(archive))]


def of_tar(archive, mode):
    found = {}
    with tarfile.open(archive, mode) as tar:
        for member in tar:
            if member.isfile():
                add(found, member.name, entry(tar.extractfile(member).read()))
            elif member.issym():
                add(found, member.name, ("link", member.linkname))
            elif member.isdir():
                add(found, member.name, ("directory", None))
            else:
                raise Problem(f"{member.name} is of the type {member.type}")
    return found


def of_zip(archive):
    found = {}
    with zipfile.ZipFile(archive) as file:
        for member in file.infolist():
            add(found, member.filename, of_mode(member.external_attr >> 16, member.filename, file.read(member)))
    return found


def of_local_headers(archive):
    """As a reader sees it that goes by the local headers; modes alone come from the central directory."""
    with open(archive, "rb") as file:
        data = file.read()
    with zipfile.ZipFile(archive) as file:
        modes = {member.filename: member.external_attr >> 16 for member in file.infolist()}
    found = {}
    position = 0
    while data[position:position + 4] == b"PK\3\4":
        flags, method, _, _, crc, packed, size, name_length, extra_length = struct.unpack_from(
            "<HHHHIIIHH", data, position + 6)
        start = position + 30 + name_length + extra_length
        name = data[position + 30:position + 30 + name_length].decode("utf-8")
        if method == 8:
            inflater = zlib.decompressobj(-15)
            content = inflater.decompress(data[start:])
            position = len(data) - len(inflater.unused_data)
        else:
            content = data[start:start + packed]
            position = start + packed
        if flags & 8:
            signature, crc, packed, size = struct.unpack_from("<IIII", data, position)
            if signature != 0x08074B50:
                raise Problem(f"{name} has no data descriptor")
            position += 16
        if len(content) != size or zlib.crc32(content) != crc:
            raise Problem(f"{name} has another content in passing")
        add(found, name, of_mode(modes.get(name, 0), name, content))
    return found


def of_mode(mode, name, content):
    if name.endswith("/"):
        return ("directory", None)
    if stat.S_ISLNK(mode):
        return ("link", content.decode("utf-8"))
    return entry(content)


def entry(content):
    return ("file", len(content), hashlib.sha256(content).hexdigest())


def add(found, name, what):
    path = name.rstrip("/")
    if path in found:
        raise Problem(f"{path} is there twice")
    found[path] = what


def difference(found, expected):
    names = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    return ", ".join(f"{name} as {found.get(name)}" for name in names[:5])
