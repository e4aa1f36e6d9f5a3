"""The parser of transcripts, built from `grammars/tree-sitter-redis`."""

import ctypes
import functools
import pathlib
import subprocess
import tempfile

import tree_sitter

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "grammars/tree-sitter-redis"


@functools.cache
def language():
    with tempfile.TemporaryDirectory() as folder:
        library = pathlib.Path(folder) / "redis-transcript.so"
        # As `grammars/README.md` tells, but with warnings.
        command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-I", SOURCE / "src", "-o", library, SOURCE / "src/parser.c"]
        subprocess.run(command, check=True, timeout=60)
        function = ctypes.CDLL(library).tree_sitter_redis_transcript
    function.restype = ctypes.c_void_p
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return tree_sitter.Language(new(function(), b"tree_sitter.Language", None))
