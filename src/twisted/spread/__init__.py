"""
Perspective Broker: objects that are called, copied and watched across a network.

`pb` is what programs use. Below it stand `flavors`, the ways in which an object may cross; `jelly`,
which turns objects into lists of simple things; and `banana`, which turns such lists into bytes.
"""
