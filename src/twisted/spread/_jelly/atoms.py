"""The words of jelly: what the first item of a list says of the rest."""

from __future__ import annotations

__all__ = [
    "None_atom",
    "class_atom",
    "dereference_atom",
    "dictionary_atom",
    "frozenset_atom",
    "function_atom",
    "list_atom",
    "module_atom",
    "persistent_atom",
    "reference_atom",
    "set_atom",
    "tuple_atom",
    "unpersistable_atom",
]

None_atom = b"None"

class_atom = b"class"
module_atom = b"module"
function_atom = b"function"

dereference_atom = b"dereference"
persistent_atom = b"persistent"
reference_atom = b"reference"

dictionary_atom = b"dictionary"
list_atom = b"list"
tuple_atom = b"tuple"
set_atom = b"set"
frozenset_atom = b"frozenset"

unpersistable_atom = b"unpersistable"
