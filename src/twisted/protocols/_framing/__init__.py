"""The rooms behind `twisted.protocols.basic`: one for each kind of framing."""
