"""The rooms behind ``twisted.spread.banana``: its words, what reads them and what writes them."""
