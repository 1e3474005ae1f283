"""Whom a certificate is about: distinguished names, X.520."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

_fields = {
    "commonName": NameOID.COMMON_NAME,
    "organizationName": NameOID.ORGANIZATION_NAME,
    "organizationalUnitName": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "localityName": NameOID.LOCALITY_NAME,
    "stateOrProvinceName": NameOID.STATE_OR_PROVINCE_NAME,
    "countryName": NameOID.COUNTRY_NAME,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}

_fullNames = {
    "CN": "commonName",
    "O": "organizationName",
    "OU": "organizationalUnitName",
    "L": "localityName",
    "ST": "stateOrProvinceName",
    "C": "countryName",
    **{name: name for name in _fields},
}


class DistinguishedName(dict[str, bytes]):
    """
    The name of the subject or issuer of a certificate.

    A dict from fields to bytes, whose items are attributes too. The fields are those of
    ``_fields``; six of them can be called by the short names that certificates print: CN, O, OU,
    L, ST, C.

    Text is kept as UTF-8.
    """

    __slots__ = ()

    def __init__(self, **kw: str | bytes) -> None:
        for name, value in kw.items():
            setattr(self, name, value)

    def __getattr__(self, attr: str) -> bytes:
        try:
            return self[_fullNames[attr]]
        except KeyError:
            raise AttributeError(attr) from None

    def __setattr__(self, attr: str, value: str | bytes) -> None:
        if attr not in _fullNames:
            raise AttributeError(
                f"{attr!r} is no field of a distinguished name; these are: {', '.join(_fullNames)}"
            )
        self[_fullNames[attr]] = value.encode("utf-8") if isinstance(value, str) else value

    def __repr__(self) -> str:
        return f"<DN {dict.__repr__(self)[1:-1]}>"

    def inspect(self) -> str:
        """Tell all fields for people to read, one a line."""
        from twisted.python.util import nameToLabel

        lines = [
            (nameToLabel(name), self[name].decode("utf-8", "replace"))
            for name in _fields
            if name in self
        ]
        return "\n".join(f"{label:>26}: {value}" for label, value in sorted(lines))

    def _toName(self) -> x509.Name:
        return x509.Name(
            x509.NameAttribute(_fields[name], value.decode("utf-8")) for name, value in self.items()
        )


def distinguish(name: x509.Name, *, strictly: bool = False) -> DistinguishedName:
    """
    Take the fields that we know from a name of the cryptography package.

    Args:
        strictly: whether other fields are an error; they are passed over otherwise.
    Raises: ValueError for such a field.
    """
    known = {identifier: field for field, identifier in _fields.items()}
    found = DistinguishedName()
    for attribute in name:
        field = known.get(attribute.oid)
        if field is not None:
            value: Any = attribute.value
            found.setdefault(field, value if isinstance(value, bytes) else value.encode("utf-8"))
        elif strictly:
            raise ValueError(
                f"a distinguished name of ours has no field for {attribute.oid.dotted_string} "
                f"({attribute.rfc4514_string()})"
            )
    return found
